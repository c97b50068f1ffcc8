use axum::{Json, extract::State as Extracted};
use dploy_core::{
    environments::service::{self, Environment},
    error::Classify,
    identity::Identity,
};
use http::StatusCode;

use crate::error::{Error, ErrorBody};

use super::{
    State,
    access::Caller,
    input::{Addressed, RunBody, Target},
    model::{Extended, Run},
};

/// The caller's environment of a template: the one there is, else a new one.
#[utoipa::path(get, path = "/api/run/{env}", tag = "environments", security(("bearer" = [])),
    params(Addressed),
    responses(
        (status = 200, body = Run, description = "It may still be pending."),
        (status = 400, body = ErrorBody, description = "A parameter is missing or refused."),
        (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
        (status = 403, body = ErrorBody, description = "The quota is used up, or the caller cannot own it."),
        (status = 404, body = ErrorBody, description = "The template does not exist or is disabled."),
        (status = 503, body = ErrorBody, description = "The pool is empty, or the platform does not answer."),
    ))]
pub(crate) async fn create_by_get(caller: Caller, state: Extracted<State>, target: Target) -> Result<Json<Run>, Error> {
    create(caller, state, target, RunBody::default()).await
}

/// The caller's environment of a template: the one there is, else a new one.
#[utoipa::path(post, path = "/api/run/{env}", tag = "environments", security(("bearer" = [])),
    params(Addressed),
    request_body(content = Option<RunBody>, description = "Parameters; they win over those of the query."),
    responses(
        (status = 200, body = Run, description = "It may still be pending."),
        (status = 400, body = ErrorBody, description = "A parameter is missing or refused."),
        (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
        (status = 403, body = ErrorBody, description = "The quota is used up, or the caller cannot own it."),
        (status = 404, body = ErrorBody, description = "The template does not exist or is disabled."),
        (status = 503, body = ErrorBody, description = "The pool is empty, or the platform does not answer."),
    ))]
pub(crate) async fn create(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    target: Target,
    body: RunBody,
) -> Result<Json<Run>, Error> {
    let name = target.name.clone();
    let request = target.request(body)?;
    Ok(Json(ask(&state, &identity, &name, &request).await?.into()))
}

/// Asks for an environment and counts what became of that.
pub(super) async fn ask(
    state: &State,
    identity: &Identity,
    template: &str,
    request: &service::Request,
) -> Result<Environment, Error> {
    let answer = state.environments.run(identity, template, request).await;
    state.metrics.count_claim(match &answer {
        Ok(environment) if environment.is_pending() => "pending",
        Ok(_) => "bound",
        Err(error) => error.code(),
    });
    Ok(answer?)
}

/// How the caller's environment of a template stands.
#[utoipa::path(get, path = "/api/run/{env}/status", tag = "environments", security(("bearer" = [])),
    params(Addressed),
    responses(
        (status = 200, body = Run, description = "The environment."),
        (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
        (status = 403, body = ErrorBody, description = "The owner is not one of the caller's."),
        (status = 404, body = ErrorBody, description = "The caller has no such environment."),
        (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
    ))]
pub(crate) async fn status(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    target: Target,
) -> Result<Json<Run>, Error> {
    let found = state.environments.status(&identity, target.address()).await;
    Ok(Json(found?.into()))
}

/// Extends the caller's environment of a template once.
#[utoipa::path(post, path = "/api/run/{env}/extend", tag = "environments", security(("bearer" = [])),
    params(Addressed),
    responses(
        (status = 200, body = Extended, description = "Its new end."),
        (status = 400, body = ErrorBody, description = "It lives for ever."),
        (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
        (status = 403, body = ErrorBody, description = "The owner is not one of the caller's."),
        (status = 404, body = ErrorBody, description = "The caller has no such environment."),
        (status = 409, body = ErrorBody, description = "All extensions were used, or it lives as long as it may already."),
        (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
    ))]
pub(crate) async fn extend(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    target: Target,
) -> Result<Json<Extended>, Error> {
    let extended = state.environments.extend(&identity, target.address()).await;
    Ok(Json(extended?.into()))
}

/// Releases the caller's environment of a template; its teardown goes on afterwards.
#[utoipa::path(delete, path = "/api/run/{env}", tag = "environments", security(("bearer" = [])),
    params(Addressed),
    responses(
        (status = 204, description = "It is released."),
        (status = 401, body = ErrorBody, description = "The token is missing or not accepted."),
        (status = 403, body = ErrorBody, description = "The owner is not one of the caller's."),
        (status = 404, body = ErrorBody, description = "The caller has no such environment."),
        (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
    ))]
pub(crate) async fn release(
    Caller(identity): Caller,
    Extracted(state): Extracted<State>,
    target: Target,
) -> Result<StatusCode, Error> {
    let released = state.environments.release(&identity, target.address()).await;
    released?;
    Ok(StatusCode::NO_CONTENT)
}
