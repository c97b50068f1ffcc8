//! What the operator serves over HTTP: metrics and health.

use std::sync::Arc;

use axum::{Router, http::StatusCode, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use prometheus_client::{encoding::text::encode, registry::Registry};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Address, Error};

/// The text format of metrics that prometheus-client writes.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves `/metrics` at `address` until `shutdown`.
pub(crate) async fn serve_metrics(
    address: Address,
    registry: Arc<Registry>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let metrics = move || {
        let registry = Arc::clone(&registry);
        async move {
            let mut text = String::new();
            match encode(&mut text, &registry) {
                Ok(()) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
    };
    serve(address, Router::new().route("/metrics", get(metrics)), shutdown).await
}

/// Serves `/livez`, `/readyz` and `/healthz` at `address` until `shutdown`; the last two are truthful about `ready`.
pub(crate) async fn serve_health(
    address: Address,
    ready: impl Fn() -> bool + Clone + Send + Sync + 'static,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let answer = move || {
        let ready = ready();
        async move {
            if ready { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "caches are not synced") }
        }
    };
    let router = Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(answer.clone()))
        .route("/healthz", get(answer));
    serve(address, router, shutdown).await
}

async fn serve(address: Address, router: Router, shutdown: CancellationToken) -> Result<(), Error> {
    let Address::At(address) = address else { return Ok(()) };
    let listen = |source| Error::Listen { address: address.to_string(), source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let server = axum::serve(listener, router).with_graceful_shutdown(async move { shutdown.cancelled().await });
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, server.address = %address, "stopped serving");
        }
    });
    Ok(())
}
