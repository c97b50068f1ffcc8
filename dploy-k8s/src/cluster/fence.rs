//! Lets only a leader write.
//!
//! A layer in the client's stack: reads pass, every other request asks [`Leadership`] and is given no more time than
//! leadership certainly lasts. So nothing that runs late (a paused process, a slow server) writes after another leader
//! may have begun.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Method, Request};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

use super::Leadership;

/// Why the fence refused or cut off a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FenceError {
    /// This process does not lead; the request was not sent.
    #[error("this process is not the leader")]
    NotLeader,
    /// Leadership could not be sure to last any longer. The request may have had its effect.
    #[error("the request took longer than leadership was sure to last")]
    Deadline,
}

/// Whether a client's error says that this process may not write (any more).
pub fn is_not_leader(error: &kube::Error) -> bool {
    match error {
        kube::Error::Service(cause) => cause.is::<FenceError>(),
        _ => false,
    }
}

/// The layer. Put it outermost but for layers that observe attempts.
#[derive(Clone, Debug)]
pub struct Fence {
    leadership: Leadership,
}

impl Fence {
    /// A fence that asks this token.
    pub fn new(leadership: Leadership) -> Self {
        Self { leadership }
    }
}

impl<S> Layer<S> for Fence {
    type Service = Fenced<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Fenced { inner, leadership: self.leadership.clone() }
    }
}

/// A client service behind a [`Fence`].
#[derive(Clone, Debug)]
pub struct Fenced<S> {
    inner: S,
    leadership: Leadership,
}

impl<S> Service<Request<Body>> for Fenced<S>
where
    S: Service<Request<Body>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if is_read(request.method()) {
            let response = self.inner.call(request);
            return Box::pin(async { response.await.map_err(Into::into) });
        }
        let Some(remaining) = self.leadership.remaining() else {
            return Box::pin(async { Err(FenceError::NotLeader.into()) });
        };
        let response = self.inner.call(request);
        Box::pin(async move {
            match tokio::time::timeout(remaining, response).await {
                Ok(response) => response.map_err(Into::into),
                Err(_) => Err(FenceError::Deadline.into()),
            }
        })
    }
}

pub(super) fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests;
