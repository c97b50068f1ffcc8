use axum::{Json, extract::State as Extracted};
use dploy_core::releases::{access::Caller, error::Error as Domain, name::TargetName, target::Target};
use http::StatusCode;

use super::{
    Error, State,
    access::Known,
    input::{self, Body, Named},
    model::{TargetBody, TargetChange, TargetRequestBody, Targets},
    refusal::{Reading, Writing},
};

/// All targets in the order of their names.
#[utoipa::path(get, path = "/api/v1/targets", tag = "targets", security(("apiKey" = []), ("bearer" = [])),
    responses((status = 200, body = Targets, description = "The targets."), Reading))]
pub(crate) async fn list(Known(caller): Known, Extracted(state): Extracted<State>) -> Result<Json<Targets>, Error> {
    Ok(Json(state.releases.targets(&caller).await?.into()))
}

/// Declares a target.
#[utoipa::path(post, path = "/api/v1/targets", tag = "targets", security(("apiKey" = []), ("bearer" = [])),
    request_body = TargetRequestBody,
    responses((status = 201, body = TargetBody, description = "The target."), Writing))]
pub(crate) async fn create(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Body(request): Body<TargetRequestBody>,
) -> Result<(StatusCode, Json<TargetBody>), Error> {
    let target = state.releases.create_target(&caller, request.read()?).await?;
    Ok((StatusCode::CREATED, Json(target.into())))
}

/// A target.
#[utoipa::path(get, path = "/api/v1/targets/{target}", tag = "targets", security(("apiKey" = []), ("bearer" = [])),
    params(("target" = String, Path, description = "Its name.")),
    responses((status = 200, body = TargetBody, description = "The target."), Reading))]
pub(crate) async fn show(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(name): Named<String>,
) -> Result<Json<TargetBody>, Error> {
    Ok(Json(known(&state, &caller, &name).await?.into()))
}

/// Changes where a target lies; what was deployed stays where it is.
#[utoipa::path(patch, path = "/api/v1/targets/{target}", tag = "targets", security(("apiKey" = []), ("bearer" = [])),
    params(("target" = String, Path, description = "Its name.")), request_body = TargetChange,
    responses((status = 200, body = TargetBody, description = "The target."), Writing))]
pub(crate) async fn update(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(name): Named<String>,
    Body(change): Body<TargetChange>,
) -> Result<Json<TargetBody>, Error> {
    let target = known(&state, &caller, &name).await?;
    Ok(Json(state.releases.update_target(&caller, change.of(target)?).await?.into()))
}

/// Removes a target that nothing names any more.
#[utoipa::path(delete, path = "/api/v1/targets/{target}", tag = "targets", security(("apiKey" = []), ("bearer" = [])),
    params(("target" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is removed."), Writing))]
pub(crate) async fn remove(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(name): Named<String>,
) -> Result<StatusCode, Error> {
    let name: TargetName = input::parsed("target", &name)?;
    state.releases.remove_target(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn known(state: &State, caller: &Caller, name: &str) -> Result<Target, Error> {
    let found = state.releases.targets(caller).await?.into_iter().find(|target| target.name.as_str() == name);
    Ok(found.ok_or_else(|| Domain::not_found("target", name))?)
}
