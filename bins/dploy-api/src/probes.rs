//! What watches the server: liveness, readiness, metrics, and the description of its interface.

use axum::{
    Json, Router,
    extract::State as Extracted,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::{ToSchema, openapi::OpenApi};

use crate::{
    State,
    error::{Error, ErrorBody},
    openapi,
};

/// The text format of metrics that is served.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/health`, `/ready`, `/metrics` and `/openapi.json`, without a fallback.
pub fn router(state: State) -> Router<()> {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(describe))
        .with_state(state)
}

/// How the server is.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Status {
    /// `ok` or `ready`.
    status: &'static str,
}

/// Whether the process serves; nothing else is looked at.
#[utoipa::path(get, path = "/health", tag = "probes", responses((status = 200, body = Status, description = "All is well.")))]
pub(crate) async fn health() -> Json<Status> {
    Json(Status { status: "ok" })
}

/// Whether the cluster answers and its state is known.
#[utoipa::path(get, path = "/ready", tag = "probes", responses(
    (status = 200, body = Status, description = "All is well."),
    (status = 503, body = ErrorBody, description = "The platform does not answer, or its state is not known yet."),
))]
pub(crate) async fn ready(Extracted(state): Extracted<State>) -> Result<Json<Status>, Error> {
    if state.environments.ready().await && state.readiness.get() {
        Ok(Json(Status { status: "ready" }))
    } else {
        Err(Error::NotReady)
    }
}

async fn metrics(Extracted(state): Extracted<State>) -> Response {
    match state.metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => Error::Defect.into_response(),
    }
}

async fn describe() -> Json<OpenApi> {
    Json(openapi())
}
