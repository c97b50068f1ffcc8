//! Streams of what changes (server-sent events, WHATWG HTML §9.2).

use std::convert::Infallible;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

/// What a look has shown.
pub(crate) enum Seen<T> {
    /// It is like this now.
    Now(T),
    /// It is like this, and stays so.
    Last(T),
    /// It is there no more; the word for it, which is told as a `gone` event.
    Gone(String),
    /// Nobody can tell at the moment.
    Unknown,
}

/// Something that is followed.
pub(crate) trait Followed: Send {
    /// How it is told.
    type Body: Serialize + PartialEq + Send + Sync;

    /// The name of its events.
    const EVENT: &'static str;

    /// Until another look is worth while.
    fn wait(&mut self) -> impl Future<Output = ()> + Send;

    /// How it is; `None` where it cannot be looked at any more.
    fn look(&mut self) -> impl Future<Output = Option<Seen<Self::Body>>> + Send;
}

/// A stream of events: `first`, and then every change, up to the last one, or until the server stops.
pub(crate) fn follow<F: Followed + 'static>(
    followed: F,
    first: Seen<F::Body>,
    stop: CancellationToken,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let follower = Follower { followed, stop, told: None, next: Some(first) };
    Sse::new(stream::unfold(Some(follower), Follower::event)).keep_alive(KeepAlive::default())
}

struct Follower<F: Followed> {
    followed: F,
    stop: CancellationToken,
    /// What was told last.
    told: Option<F::Body>,
    /// What is to be told before anything else is looked at.
    next: Option<Seen<F::Body>>,
}

impl<F: Followed> Follower<F> {
    async fn event(follower: Option<Self>) -> Option<(Result<Event, Infallible>, Option<Self>)> {
        let mut follower = follower?;
        let (body, goes_on) = match follower.news().await? {
            Seen::Now(body) => (body, true),
            Seen::Last(body) => (body, false),
            Seen::Gone(word) => return Some((Ok(Event::default().event("gone").data(word)), None)),
            Seen::Unknown => return None,
        };
        let event = Event::default().event(F::EVENT).json_data(&body).ok()?;
        follower.told = Some(body);
        Some((Ok(event), goes_on.then_some(follower)))
    }

    /// What was not told yet.
    async fn news(&mut self) -> Option<Seen<F::Body>> {
        if let Some(first) = self.next.take() {
            return Some(first);
        }
        loop {
            self.stop.run_until_cancelled(self.followed.wait()).await?;
            match self.followed.look().await? {
                Seen::Now(body) | Seen::Last(body) if self.told.as_ref() == Some(&body) => {}
                Seen::Unknown => {}
                seen => return Some(seen),
            }
        }
    }
}
