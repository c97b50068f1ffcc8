use axum::{Json, extract::State as Extracted};
use dploy_core::environments::service::Address;
use http::StatusCode;

use crate::environments::{State, access::Caller};

use super::{
    error::Refused,
    input::Named,
    model::{EnvironmentBody, EnvironmentList},
    refusal::Refusals,
};

/// Every environment, whoever owns it.
#[utoipa::path(get, path = "/api/v1/admin/environments", tag = "administration", security(("bearer" = [])),
    operation_id = "listAllEnvironments",
    responses((status = 200, body = EnvironmentList, description = "The environments."), Refusals))]
pub(crate) async fn list(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
) -> Result<Json<EnvironmentList>, Refused> {
    Ok(Json(state.environments.list_all(&identity)?.into_iter().collect()))
}

/// An environment, whoever owns it.
#[utoipa::path(get, path = "/api/v1/admin/environments/{id}", tag = "administration", security(("bearer" = [])),
    operation_id = "showAnyEnvironment",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, body = EnvironmentBody, description = "The environment."), Refusals))]
pub(crate) async fn show(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(id): Named,
) -> Result<Json<EnvironmentBody>, Refused> {
    Ok(Json(state.environments.status(&identity, Address::AnyId(&id)).await?.into()))
}

/// Extends an environment once, whoever owns it.
#[utoipa::path(post, path = "/api/v1/admin/environments/{id}/extend", tag = "administration",
    security(("bearer" = [])),
    operation_id = "extendAnyEnvironment",
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
    Ok(Json(state.environments.extend(&identity, Address::AnyId(&id)).await?.into()))
}

/// Releases an environment, whoever owns it; its teardown goes on afterwards.
#[utoipa::path(delete, path = "/api/v1/admin/environments/{id}", tag = "administration", security(("bearer" = [])),
    operation_id = "releaseAnyEnvironment",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 204, description = "It is released."), Refusals))]
pub(crate) async fn release(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    Named(id): Named,
) -> Result<StatusCode, Refused> {
    state.environments.release(&identity, Address::AnyId(&id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
