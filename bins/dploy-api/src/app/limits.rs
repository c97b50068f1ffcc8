use std::{any::Any, time::Duration};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::Error;

use super::path::is_api;

/// The largest body that is read, in bytes: 256 parameters of 4 KiB, and what JSON adds.
pub const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// After how long a request is given up, its body included: longer than a create may wait.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The same in the releases domain, where answers may wait for a minute and archives come over slow lines.
const API_TIMEOUT: Duration = Duration::from_secs(180);

pub(super) async fn in_time(request: Request, next: Next) -> Response {
    let limit = if is_api(request.uri().path()) { API_TIMEOUT } else { REQUEST_TIMEOUT };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Error::TimedOut.into_response(),
    }
}

/// What is answered where a handler panicked.
pub(super) fn caught(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("not a text"), "handler panicked");
    Error::Defect.into_response()
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use http::StatusCode;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn status(router: Router) -> StatusCode {
        router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_panic_is_a_500_and_not_the_end() {
        async fn broken() {
            panic!("details");
        }
        let router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(caught));
        assert_eq!(status(router).await, StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_takes_too_long_is_given_up() {
        let router = Router::new().route("/", get(std::future::pending::<()>)).layer(from_fn(in_time));
        assert_eq!(status(router).await, StatusCode::GATEWAY_TIMEOUT);
    }
}
