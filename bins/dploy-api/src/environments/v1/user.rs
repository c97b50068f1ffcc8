use axum::{Json, extract::State as Extracted, response::IntoResponse};
use dploy_core::environments::service::Address;
use http::{StatusCode, header};

use crate::environments::{State, access::Caller, input::JsonBody, run};

use super::{
    error::Refused,
    input::{IdempotencyKey, Named, NewEnvironment},
    model::{EnvironmentBody, EnvironmentList},
    refusal::Refusals,
};

/// What a create names when its body cannot be read.
const ACCEPTED: &str = "JSON such as {\"template\": \"vscode\", \"params\": {\"name\": \"value\"}}";

/// The caller's environments and those of the caller's groups.
#[utoipa::path(get, path = "/api/v1/environments", tag = "environments", security(("bearer" = [])),
    operation_id = "listEnvironments",
    responses((status = 200, body = EnvironmentList, description = "The environments."), Refusals))]
pub(crate) async fn list(Caller(identity): Caller, Extracted(state): Extracted<State>) -> Json<EnvironmentList> {
    Json(state.environments.list(&identity).into_iter().collect())
}

/// The caller's environment of a template: the one there is, else a new one.
///
/// A request that is repeated gives the same environment, whether or not it has an `Idempotency-Key`; with one it is also
/// certain that what was asked for is the same.
#[utoipa::path(post, path = "/api/v1/environments", tag = "environments", security(("bearer" = [])),
    operation_id = "createEnvironment",
    params(("Idempotency-Key" = Option<String>, Header, description = "Tells this request from others of its client.")),
    request_body = NewEnvironment,
    responses(
        (status = 200, body = EnvironmentBody, description = "It has an instance."),
        (status = 202, body = EnvironmentBody, description = "It is pending; follow its events."),
        (status = 409, body = crate::envelope::Envelope, description = "The key was used for another request."),
        (status = 429, body = crate::envelope::Envelope, description = "The quota is used up."),
        Refusals,
    ))]
pub(crate) async fn create(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<impl IntoResponse, Refused> {
    let (template, request) = body.read::<NewEnvironment>(ACCEPTED)?.request(key)?;
    let environment = run::ask(&state, &identity, &template, &request).await?;
    let status = if environment.is_pending() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let location = format!("/api/v1/environments/{}", environment.id);
    Ok((status, [(header::LOCATION, location)], Json(EnvironmentBody::from(environment))))
}

/// An environment of the caller or of one of their groups.
#[utoipa::path(get, path = "/api/v1/environments/{id}", tag = "environments", security(("bearer" = [])),
    operation_id = "showEnvironment",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, body = EnvironmentBody, description = "The environment."), Refusals))]
pub(crate) async fn show(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(id): Named,
) -> Result<Json<EnvironmentBody>, Refused> {
    Ok(Json(state.environments.status(&identity, Address::Id(&id)).await?.into()))
}

/// Extends an environment of the caller once.
#[utoipa::path(post, path = "/api/v1/environments/{id}/extend", tag = "environments", security(("bearer" = [])),
    operation_id = "extendEnvironment",
    params(("id" = String, Path, description = "Its id.")),
    responses(
        (status = 200, body = EnvironmentBody, description = "The environment with its new end."),
        (status = 409, body = crate::envelope::Envelope, description = "All extensions were used, or it lives as long as it may already."),
        Refusals,
    ))]
pub(crate) async fn extend(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(id): Named,
) -> Result<Json<EnvironmentBody>, Refused> {
    Ok(Json(state.environments.extend(&identity, Address::Id(&id)).await?.into()))
}

/// Says that an environment of the caller is being used, so that it does not end as idle.
///
/// To be called as often as convenient: of much activity only some is written. Where the template has no `idleTTL` it does
/// nothing.
#[utoipa::path(post, path = "/api/v1/environments/{id}/activity", tag = "environments", security(("bearer" = [])),
    operation_id = "noteActivity",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 204, description = "It counts as used now."), Refusals))]
pub(crate) async fn note_activity(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(id): Named,
) -> Result<StatusCode, Refused> {
    state.environments.note_activity(&identity, Address::Id(&id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Releases an environment of the caller; its teardown goes on afterwards.
#[utoipa::path(delete, path = "/api/v1/environments/{id}", tag = "environments", security(("bearer" = [])),
    operation_id = "releaseEnvironment",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 204, description = "It is released."), Refusals))]
pub(crate) async fn release(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(id): Named,
) -> Result<StatusCode, Refused> {
    state.environments.release(&identity, Address::Id(&id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
