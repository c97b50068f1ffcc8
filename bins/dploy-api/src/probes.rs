//! What watches the server: liveness, readiness, metrics, and the description of its interface.

use axum::{
    Json, Router,
    extract::State as Extracted,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Serialize;
use utoipa::{ToSchema, openapi::OpenApi};

use crate::{
    app::Surface,
    error::{Error, ErrorBody},
    openapi,
    releases::health::Checks,
};

/// The text format of metrics that is served.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/health`, `/ready`, `/livez`, `/readyz`, `/metrics` and `/openapi.json`, without a fallback.
pub fn router(surface: Surface) -> Router<()> {
    Router::new()
        .route("/health", get(health))
        .route("/livez", get(alive))
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

/// How releases are, in the original's words.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct ReleasesHealth {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
    /// How each part is.
    checks: Checks,
}

/// Whether the process serves; nothing else is looked at.
#[utoipa::path(get, path = "/livez", tag = "probes", responses((status = 200, body = Status, description = "It does.")))]
pub(crate) async fn alive() -> Json<Status> {
    Json(Status { status: "ok" })
}

/// How the server is: where releases are served, whether all behind them answers; else whether the process serves.
#[utoipa::path(get, path = "/health", tag = "probes", responses(
    (status = 200, body = ReleasesHealth, description = "All is well; only the status where releases are not served."),
    (status = 503, body = ReleasesHealth, description = "A part does not answer; `checks` names it."),
))]
pub(crate) async fn health(Extracted(surface): Extracted<Surface>) -> Response {
    let Some(releases) = &surface.releases else { return alive().await.into_response() };
    let checks = releases.health.checks().await;
    let (code, status) =
        if checks.is_healthy() { (StatusCode::OK, "healthy") } else { (StatusCode::SERVICE_UNAVAILABLE, "unhealthy") };
    (code, Json(ReleasesHealth { status, version: env!("CARGO_PKG_VERSION"), checks })).into_response()
}

/// Whether everything that is needed answers: the cluster, whose state is known; database, artifact store and remote.
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
    if let Some(releases) = &surface.releases
        && !releases.health.checks().await.is_healthy()
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
