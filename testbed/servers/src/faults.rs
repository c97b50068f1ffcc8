//! What goes wrong on purpose between a client and a server.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::body::{Body, Incoming};
use tokio::sync::watch;

/// The body of every answer.
pub(crate) type Answer = UnsyncBoxBody<Bytes, Broken>;

/// Why a body ended early.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection is cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// Switches that make a server of this process misbehave; clones share them.
///
/// Without any switch every request is served. Counted switches apply to that
/// many requests, counted from now; the others until they are turned off.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Switches>);

#[derive(Debug)]
struct Switches {
    requests: AtomicU64,
    fail: AtomicU32,
    status: AtomicU16,
    cut: AtomicU32,
    lose: AtomicU32,
    delay_ms: AtomicU64,
    refuse: AtomicBool,
    hang: watch::Sender<bool>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            requests: AtomicU64::new(0),
            fail: AtomicU32::new(0),
            status: AtomicU16::new(500),
            cut: AtomicU32::new(0),
            lose: AtomicU32::new(0),
            delay_ms: AtomicU64::new(0),
            refuse: AtomicBool::new(false),
            hang: watch::Sender::new(false),
        }
    }
}

impl Faults {
    /// Answers the next `count` requests with `status`, an HTTP status, without serving them.
    pub fn fail_next(&self, count: u32, status: u16) {
        self.0.status.store(status, Ordering::SeqCst);
        self.0.fail.store(count, Ordering::SeqCst);
    }

    /// Closes the connection of the next `count` requests without serving them.
    pub fn cut_next(&self, count: u32) {
        self.0.cut.store(count, Ordering::SeqCst);
    }

    /// Serves the next `count` requests and closes their connections instead of answering.
    pub fn lose_next(&self, count: u32) {
        self.0.lose.store(count, Ordering::SeqCst);
    }

    /// Waits before each request is served; zero turns it off.
    pub fn delay(&self, duration: Duration) {
        self.0.delay_ms.store(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Holds every request, those that wait already too, until it is turned off; then they are served.
    pub fn hang(&self, on: bool) {
        self.0.hang.send_replace(on);
    }

    /// Closes new connections at once, and known ones at their next request.
    pub fn refuse(&self, on: bool) {
        self.0.refuse.store(on, Ordering::SeqCst);
    }

    /// Turns every switch off.
    pub fn clear(&self) {
        self.fail_next(0, 500);
        self.cut_next(0);
        self.lose_next(0);
        self.delay(Duration::ZERO);
        self.refuse(false);
        self.hang(false);
    }

    /// How many requests have come so far, whatever became of them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::SeqCst)
    }

    /// Whether a new connection is to be closed at once.
    pub(crate) fn refuses(&self) -> bool {
        self.0.refuse.load(Ordering::SeqCst)
    }

    /// Serves one request as the switches say.
    pub(crate) async fn apply<F>(
        &self,
        request: Request<Incoming>,
        serve: impl FnOnce(Request<Incoming>) -> F,
    ) -> Result<Response<Answer>, Cut>
    where
        F: Future<Output = Response<Answer>>,
    {
        let switches = &self.0;
        switches.requests.fetch_add(1, Ordering::SeqCst);
        let mut hang = switches.hang.subscribe();
        // The sender lives in `self`, so the wait ends by a value only.
        drop(hang.wait_for(|hang| !hang).await);
        let delay = switches.delay_ms.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if self.refuses() || take(&switches.cut) {
            return Err(Cut);
        }
        if take(&switches.fail) {
            // Unread input would close the connection before the client reads the answer.
            drop(request.into_body().collect().await);
            let status = switches.status.load(Ordering::SeqCst);
            return Ok(answer(
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                "fault on purpose\n",
            ));
        }
        let lose = take(&switches.lose);
        let response = serve(request).await;
        if lose {
            // The whole work is done before the answer is lost.
            drop(response.into_body().collect().await);
            return Err(Cut);
        }
        Ok(response)
    }
}

/// Takes one from a count; false when nothing is left.
fn take(count: &AtomicU32) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

/// An answer of plain text.
pub(crate) fn answer(status: StatusCode, text: impl Into<Bytes>) -> Response<Answer> {
    let mut response = Response::new(boxed(Full::new(text.into())));
    *response.status_mut() = status;
    response
}

/// Any body as that of an answer.
pub(crate) fn boxed<B>(body: B) -> Answer
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Broken>,
{
    body.map_err(Into::into).boxed_unsync()
}
