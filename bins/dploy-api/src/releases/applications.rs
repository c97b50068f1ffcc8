use axum::{Json, extract::State as Extracted};
use dploy_core::releases::{application::AppRef, name::AppName};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Error, State,
    access::Known,
    input::{self, Asked, Body, Named, PageQuery},
    model::{ApplicationBody, ApplicationRequest, Applications, RulesRequest},
    refusal::{Reading, Writing},
};

/// Which applications are asked for.
#[derive(Deserialize, IntoParams, Debug)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The one of that name.
    name: Option<String>,
}

/// The applications that the caller may look at, newest first.
#[utoipa::path(get, path = "/api/v1/apps", tag = "applications", security(("apiKey" = []), ("bearer" = [])),
    params(Wanted, PageQuery),
    responses((status = 200, body = Applications, description = "The applications."), Reading))]
pub(crate) async fn list(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Asked(wanted): Asked<Wanted>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Applications>, Error> {
    let page = query.page()?;
    let name: Option<AppName> = wanted.name.map(|name| input::parsed("name", &name)).transpose()?;
    Ok(Json(Applications::new(state.releases.applications(&caller, name, page).await?, page)))
}

/// Registers an application.
#[utoipa::path(post, path = "/api/v1/apps", tag = "applications", security(("apiKey" = []), ("bearer" = [])),
    request_body = ApplicationRequest,
    responses((status = 201, body = ApplicationBody, description = "The application."), Writing))]
pub(crate) async fn register(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Body(request): Body<ApplicationRequest>,
) -> Result<(StatusCode, Json<ApplicationBody>), Error> {
    let application = state.releases.register(&caller, request.read()?).await?;
    Ok((StatusCode::CREATED, Json(application.into())))
}

/// An application and how it stands at its targets.
#[utoipa::path(get, path = "/api/v1/apps/{app}", tag = "applications", security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")),
    responses((status = 200, body = ApplicationBody, description = "The application."), Reading))]
pub(crate) async fn show(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
) -> Result<Json<ApplicationBody>, Error> {
    Ok(Json(state.releases.application(&caller, &AppRef::new(app)).await?.into()))
}

/// Says anew what an application's manifests may hold.
#[utoipa::path(patch, path = "/api/v1/apps/{app}", tag = "applications", security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")), request_body = RulesRequest,
    responses((status = 200, body = ApplicationBody, description = "The application."), Writing))]
pub(crate) async fn update(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Body(rules): Body<RulesRequest>,
) -> Result<Json<ApplicationBody>, Error> {
    Ok(Json(state.releases.update_application(&caller, &AppRef::new(app), rules.into()).await?.into()))
}
