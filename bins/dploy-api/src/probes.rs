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
    app::Surface,
    error::{Error, ErrorBody},
    openapi,
};

/// The text format of metrics that is served.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/health`, `/ready`, `/livez`, `/readyz`, `/metrics` and `/openapi.json`, without a fallback.
pub fn router(surface: Surface) -> Router<()> {
    Router::new()
        .route("/health", get(health))
        .route("/livez", get(health))
        .route("/ready", get(ready))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(describe))
        .with_state(surface)
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
pub(crate) async fn ready(Extracted(surface): Extracted<Surface>) -> Result<Json<Status>, Error> {
    if let Some(state) = &surface.environments
        && !(state.environments.ready().await && state.readiness.get())
    {
        return Err(Error::NotReady);
    }
    Ok(Json(Status { status: "ready" }))
}

async fn metrics(Extracted(surface): Extracted<Surface>) -> Response {
    match surface.metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => Error::Defect.into_response(),
    }
}

async fn describe() -> Json<OpenApi> {
    Json(openapi())
}
