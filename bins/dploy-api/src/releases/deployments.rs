use axum::{Json, extract::State as Extracted};
use dploy_core::releases::{access::Caller, application::AppRef, deployment::Deployment, service::DeploymentQuery};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Error, State,
    access::Known,
    input::{self, Asked, Body, Named, PageQuery, VersionPath},
    model::{DeployBody, DeploymentBody, Deployments, PromoteBody, RollbackBody, states},
    refusal::{Reading, Writing},
};

/// Which deployments are asked for.
#[derive(Deserialize, IntoParams, Default, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// To that target.
    environment: Option<String>,
    /// Of that version.
    version: Option<String>,
    /// In that state: `queued`, `running`, `succeeded`, `unchanged`, `failed` or `superseded`; or `pending`, `success`.
    #[param(value_type = Option<String>)]
    status: Option<String>,
    /// The same.
    #[param(value_type = Option<String>)]
    state: Option<String>,
}

/// Of which application deployments are asked for.
#[derive(Deserialize, IntoParams, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedOf {
    /// Id or name of an application.
    app: Option<String>,
}

impl Wanted {
    fn query(self, app: Option<AppRef>) -> Result<DeploymentQuery, Error> {
        let asked = self.state.map(|word| ("state", word)).or(self.status.map(|word| ("status", word)));
        let states = match asked {
            None => Vec::new(),
            Some((field, word)) => states(&word).ok_or_else(|| {
                let accepted = "queued, running, succeeded, unchanged, failed, superseded, pending or success";
                Error::input(field, accepted)
            })?,
        };
        Ok(DeploymentQuery {
            app,
            target: self.environment.map(|name| input::parsed("environment", &name)).transpose()?,
            version: self.version.map(|version| input::parsed("version", &version)).transpose()?,
            states,
        })
    }
}

/// Deploys a version: answers at once, while the commit is still to be made.
#[utoipa::path(post, path = "/api/v1/apps/{app}/versions/{version}/deploy", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("version" = String, Path, description = "Its id.")),
    request_body = DeployBody,
    responses((status = 202, body = DeploymentBody, description = "The deployment is queued."), Writing))]
pub(crate) async fn deploy(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    VersionPath { app, version }: VersionPath,
    Body(request): Body<DeployBody>,
) -> Result<(StatusCode, Json<DeploymentBody>), Error> {
    let deployment = state.releases.deploy(&caller, &app, &version, request.read()?).await?;
    Ok(queued(&state, deployment))
}

/// Goes back to an earlier version and keeps policies away from the target until it is resumed.
#[utoipa::path(post, path = "/api/v1/apps/{app}/rollback", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")), request_body = RollbackBody,
    responses((status = 202, body = DeploymentBody, description = "The deployment is queued."), Writing))]
pub(crate) async fn rollback(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Body(request): Body<RollbackBody>,
) -> Result<(StatusCode, Json<DeploymentBody>), Error> {
    let (to, request) = request.read()?;
    let deployment = state.releases.rollback(&caller, &AppRef::new(app), to, request).await?;
    Ok(queued(&state, deployment))
}

/// Deploys to one target what another runs.
#[utoipa::path(post, path = "/api/v1/apps/{app}/promote", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")), request_body = PromoteBody,
    responses((status = 202, body = DeploymentBody, description = "The deployment is queued."), Writing))]
pub(crate) async fn promote(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Body(request): Body<PromoteBody>,
) -> Result<(StatusCode, Json<DeploymentBody>), Error> {
    let (from, request) = request.read()?;
    let deployment = state.releases.promote(&caller, &AppRef::new(app), &from, request).await?;
    Ok(queued(&state, deployment))
}

/// Takes an application off a target and keeps policies from bringing it back until it is resumed.
#[utoipa::path(post, path = "/api/v1/apps/{app}/remove", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")), request_body = DeployBody,
    responses((status = 202, body = DeploymentBody, description = "The removal is queued."), Writing))]
pub(crate) async fn remove(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Body(request): Body<DeployBody>,
) -> Result<(StatusCode, Json<DeploymentBody>), Error> {
    let deployment = state.releases.remove(&caller, &AppRef::new(app), request.read()?).await?;
    Ok(queued(&state, deployment))
}

fn queued(state: &State, deployment: Deployment) -> (StatusCode, Json<DeploymentBody>) {
    state.signals.queued();
    (StatusCode::ACCEPTED, Json(deployment.into()))
}

/// The deployments that the caller may look at, the latest first.
#[utoipa::path(get, path = "/api/v1/deployments", tag = "deployments", security(("apiKey" = []), ("bearer" = [])),
    params(WantedOf, Wanted, PageQuery),
    responses((status = 200, body = Deployments, description = "The deployments."), Reading))]
pub(crate) async fn list(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Asked(of): Asked<WantedOf>,
    Asked(wanted): Asked<Wanted>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Deployments>, Error> {
    found(&state, &caller, wanted.query(of.app.map(AppRef::new))?, &query).await
}

/// The deployments of an application, the latest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/deployments", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), Wanted, PageQuery),
    responses((status = 200, body = Deployments, description = "The deployments."), Reading))]
pub(crate) async fn list_of(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Asked(wanted): Asked<Wanted>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Deployments>, Error> {
    found(&state, &caller, wanted.query(Some(AppRef::new(app)))?, &query).await
}

async fn found(
    state: &State,
    caller: &Caller,
    wanted: DeploymentQuery,
    query: &PageQuery,
) -> Result<Json<Deployments>, Error> {
    let page = query.page()?;
    Ok(Json(Deployments::new(state.releases.deployments(caller, wanted, page).await?, page)))
}
