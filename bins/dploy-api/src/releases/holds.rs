use axum::{Json, extract::State as Extracted};
use http::StatusCode;

use super::{
    Error, State,
    access::Known,
    input::{Body, TargetPath},
    model::{HoldBody, Reason},
    refusal::Writing,
};

/// Keeps policies from deploying an application to a target.
#[utoipa::path(post, path = "/api/v1/apps/{app}/targets/{target}/hold", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("target" = String, Path, description = "Its name.")),
    request_body = Reason,
    responses((status = 200, body = HoldBody, description = "The hold."), Writing))]
pub(crate) async fn hold(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    TargetPath { app, target }: TargetPath,
    Body(reason): Body<Reason>,
) -> Result<Json<HoldBody>, Error> {
    Ok(Json(state.releases.hold(&caller, &app, &target, reason.text()).await?.into()))
}

/// Lets policies deploy an application to a target again.
#[utoipa::path(post, path = "/api/v1/apps/{app}/targets/{target}/resume", tag = "deployments",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("target" = String, Path, description = "Its name.")),
    responses((status = 204, description = "Policies deploy there."), Writing))]
pub(crate) async fn resume(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    TargetPath { app, target }: TargetPath,
) -> Result<StatusCode, Error> {
    state.releases.resume(&caller, &app, &target).await?;
    Ok(StatusCode::NO_CONTENT)
}
