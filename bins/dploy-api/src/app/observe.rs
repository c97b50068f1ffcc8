use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State as Extracted},
    middleware::Next,
    response::Response,
};
use http::HeaderName;
use tracing::Instrument;

use crate::{State, metrics::NO_ROUTE};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id of a client that is taken over into logs.
const REQUEST_ID_MAX: usize = 128;

/// Counts the request and writes the access log. Paths, queries and headers of clients are not logged: they may hold
/// names and secrets; the route says what was asked.
pub(super) async fn observe(Extracted(state): Extracted<State>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let span = tracing::info_span!("request", request.id = id);
    let response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status(), started.elapsed());
    state.metrics.count_request(&route, &method, status, took);
    tracing::info!(
        parent: &span,
        http.method = method.as_str(),
        http.route = route,
        http.status = status.as_u16(),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
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
