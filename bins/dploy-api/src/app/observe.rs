use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request, State as Extracted},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, StatusCode};
use tracing::Instrument;

use crate::metrics::{Metrics, NO_ROUTE};

/// The routes of whoever watches the server.
const WATCHERS: &[&str] = &["/health", "/ready", "/livez", "/readyz", "/metrics"];
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id of a client that is taken over into logs.
const REQUEST_ID_MAX: usize = 128;

/// Counts the request and writes the access log. Paths, queries and headers of clients are not logged: they may hold
/// names and secrets; the route says what was asked.
pub(super) async fn observe(Extracted(metrics): Extracted<Metrics>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let span = tracing::info_span!("request", request.id = id);
    let response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status(), started.elapsed());
    metrics.count_request(&route, &method, status, took);
    span.in_scope(|| log(&route, method.as_str(), status, took));
    response
}

/// One line per request; those of whoever watches the server come every few seconds and are of interest to nobody else.
fn log(route: &str, method: &str, status: StatusCode, took: Duration) {
    let (status, duration_ms) = (status.as_u16(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    if WATCHERS.contains(&route) {
        tracing::debug!(http.method = method, http.route = route, http.status = status, duration_ms, "answered");
    } else {
        tracing::info!(http.method = method, http.route = route, http.status = status, duration_ms, "answered");
    }
}

/// The request without an id that is too long or holds other than letters, digits and `-_.`; it gets a new one then.
pub(super) fn without_foreign_id(mut request: Request) -> Request {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let usable = |id: &[u8]| (1..=REQUEST_ID_MAX).contains(&id.len()) && id.iter().all(plain);
    if request.headers().get(REQUEST_ID).is_some_and(|id| !usable(id.as_bytes())) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}
