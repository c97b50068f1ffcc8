//! The answer to "may this process decide and write, now?".

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Tells whether this process leads. Cheap to clone; asked before every write.
///
/// Leadership ends by itself: every renewal moves a deadline on the monotonic clock, and past it the answer is no,
/// whether or not the elector could say so, also after the whole process was paused.
///
/// A process that took the lease from a holder that had not released it does not lead before one further lease
/// duration has passed: requests that the former leader had under way are done by then.
#[derive(Clone, Debug)]
pub struct Leadership {
    term: watch::Receiver<Term>,
}

/// The state that the elector publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// Somebody else leads, or nobody.
    Standby,
    /// We hold the lease.
    Held {
        /// We lead from here on.
        from: Instant,
        /// … and, unless the lease is renewed, until here.
        until: Instant,
    },
    /// There is no election.
    Always,
}

impl Leadership {
    pub(super) fn new(term: watch::Receiver<Term>) -> Self {
        Self { term }
    }

    /// Leads for ever: for a single process without election, and for tests.
    pub fn always() -> Self {
        Self { term: watch::Sender::new(Term::Always).subscribe() }
    }

    /// Whether this process leads now.
    pub fn is_leader(&self) -> bool {
        self.remaining().is_some()
    }

    /// How long this process certainly still leads: until the renew deadline. `None` where it does not lead. A write
    /// must be over before this time is.
    pub fn remaining(&self) -> Option<Duration> {
        let now = Instant::now();
        match *self.term.borrow() {
            Term::Standby => None,
            Term::Held { from, until } => (from <= now && now < until).then(|| until - now),
            Term::Always => Some(Duration::from_secs(3600)),
        }
    }

    /// Waits until this process leads. Never returns if the elector has ended.
    pub async fn acquired(&self) {
        let mut term = self.term.clone();
        loop {
            if self.is_leader() {
                return;
            }
            let current = *term.borrow_and_update();
            let settled = match current {
                Term::Held { from, .. } if from > Instant::now() => Some(from),
                _ => None,
            };
            tokio::select! {
                () = next(&mut term) => {}
                () = at(settled) => {}
            }
        }
    }

    /// Waits until this process does not lead; returns at once if it does not.
    pub async fn lost(&self) {
        let mut term = self.term.clone();
        loop {
            let current = *term.borrow_and_update();
            let until = match current {
                Term::Held { until, .. } if self.is_leader() => Some(until),
                Term::Always => None,
                _ => return,
            };
            tokio::select! {
                () = next(&mut term) => {}
                () = at(until) => {}
            }
        }
    }
}

async fn next(term: &mut watch::Receiver<Term>) {
    if term.changed().await.is_err() {
        // The elector has ended: nothing will change, but a deadline may still pass.
        std::future::pending::<()>().await;
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
