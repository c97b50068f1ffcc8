use axum::{Json, extract::State as Extracted};
use dploy_core::releases::application::AppRef;
use http::StatusCode;

use super::{
    Error, State,
    access::Known,
    input::{Body, Named},
    model::{Policies, PolicyBody, PolicyChangeBody, PolicyRequestBody},
    refusal::{Reading, Writing},
};

/// The policies of an application, newest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/policies", tag = "policies", security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")),
    responses((status = 200, body = Policies, description = "The policies."), Reading))]
pub(crate) async fn list(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
) -> Result<Json<Policies>, Error> {
    Ok(Json(state.releases.policies(&caller, &AppRef::new(app)).await?.into()))
}

/// Creates a policy, which acts on versions that are published from now on.
#[utoipa::path(post, path = "/api/v1/apps/{app}/policies", tag = "policies", security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name.")), request_body = PolicyRequestBody,
    responses((status = 201, body = PolicyBody, description = "The policy."), Writing))]
pub(crate) async fn create(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named(app): Named<String>,
    Body(request): Body<PolicyRequestBody>,
) -> Result<(StatusCode, Json<PolicyBody>), Error> {
    let policy = state.releases.create_policy(&caller, &AppRef::new(app), request.read()?).await?;
    Ok((StatusCode::CREATED, Json(policy.into())))
}

/// Changes a policy.
#[utoipa::path(patch, path = "/api/v1/apps/{app}/policies/{policy}", tag = "policies",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("policy" = String, Path, description = "Its id.")),
    request_body = PolicyChangeBody,
    responses((status = 200, body = PolicyBody, description = "The policy."), Writing))]
pub(crate) async fn update(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named((app, id)): Named<(String, String)>,
    Body(change): Body<PolicyChangeBody>,
) -> Result<Json<PolicyBody>, Error> {
    Ok(Json(state.releases.update_policy(&caller, &AppRef::new(app), &id, change.read()?).await?.into()))
}

/// Removes a policy; what it deployed stays readable.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/policies/{policy}", tag = "policies",
    security(("apiKey" = []), ("bearer" = [])),
    params(("app" = String, Path, description = "Id or name."), ("policy" = String, Path, description = "Its id.")),
    responses((status = 204, description = "It is removed."), Writing))]
pub(crate) async fn remove(
    Known(caller): Known,
    Extracted(state): Extracted<State>,
    Named((app, id)): Named<(String, String)>,
) -> Result<StatusCode, Error> {
    state.releases.remove_policy(&caller, &AppRef::new(app), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
