use std::{any::Any, time::Duration};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::Error;

/// The largest body that is read, in bytes: 256 parameters of 4 KiB, and what JSON adds.
pub const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// After how long a request is given up, its body included: longer than a create may wait.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
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
