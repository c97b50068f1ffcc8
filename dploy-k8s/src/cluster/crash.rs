//! Ends a process after its n-th write, for tests of what the next one makes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::Request;
use kube::client::Body;
use tokio_util::sync::CancellationToken;
use tower::{BoxError, Layer, Service};

use super::fence::is_read;

/// A layer that plays the death of its process: after the server has answered the n-th write, that answer and all
/// later requests, reads too, never come back.
///
/// Put it outermost into [`client::build`](super::client::build). The test waits for [`crashed`](Self::crashed), drops
/// everything that used the client, and starts anew.
#[derive(Clone, Debug)]
pub struct CrashAfter {
    writes: Arc<AtomicUsize>,
    last: usize,
    uncounted: &'static [&'static str],
    crashed: CancellationToken,
}

impl CrashAfter {
    /// Dies after this many writes; after none, before the first write reaches the server.
    pub fn writes(last: usize) -> Self {
        Self { writes: Arc::default(), last, uncounted: &[], crashed: CancellationToken::new() }
    }

    /// Does not count writes of these resources, named by their plurals: those whose number varies from run to run,
    /// such as `leases` and `events`.
    pub fn apart_from(mut self, resources: &'static [&'static str]) -> Self {
        self.uncounted = resources;
        self
    }

    /// Waits until the process is dead.
    pub async fn crashed(&self) {
        self.crashed.cancelled().await;
    }

    fn counts<B>(&self, request: &Request<B>) -> bool {
        let mut segments = request.uri().path().split('/');
        !is_read(request.method()) && !segments.any(|segment| self.uncounted.contains(&segment))
    }

    /// How many writes have been sent so far.
    pub fn sent(&self) -> usize {
        self.writes.load(Ordering::SeqCst).min(self.last)
    }
}

impl<S> Layer<S> for CrashAfter {
    type Service = Mortal<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Mortal { inner, crash: self.clone() }
    }
}

/// A client service that dies after its n-th write.
#[derive(Clone, Debug)]
pub struct Mortal<S> {
    inner: S,
    crash: CrashAfter,
}

impl<S> Service<Request<Body>> for Mortal<S>
where
    S: Service<Request<Body>>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
    S::Error: Into<BoxError> + Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let crash = self.crash.clone();
        let number = match crash.counts(&request) {
            true => crash.writes.fetch_add(1, Ordering::SeqCst) + 1,
            false => 0,
        };
        if number > crash.last {
            crash.crashed.cancel();
        }
        if crash.crashed.is_cancelled() {
            return Box::pin(std::future::pending());
        }
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = response.await;
            if number == crash.last && number > 0 {
                crash.crashed.cancel();
            }
            if crash.crashed.is_cancelled() {
                std::future::pending::<()>().await;
            }
            response.map_err(Into::into)
        })
    }
}
