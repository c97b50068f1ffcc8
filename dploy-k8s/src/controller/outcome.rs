//! What a reconcile asks for when it is done.

use std::time::Duration;

use jiff::Timestamp;

/// When to look at an object again, if nothing changes before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How long to wait; `None`: until something changes.
    pub requeue_after: Option<Duration>,
}

impl Outcome {
    /// Nothing more to do until something changes.
    pub fn await_change() -> Self {
        Self { requeue_after: None }
    }

    /// Look again after this time at the latest.
    pub fn requeue_after(delay: Duration) -> Self {
        Self { requeue_after: Some(delay) }
    }

    /// Look again at this time; at once if it has passed.
    pub fn requeue_at(at: Timestamp, now: Timestamp) -> Self {
        Self::requeue_after(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
    }

    /// Both wishes in one: the earlier wins.
    #[must_use]
    pub fn or_earlier(self, other: Self) -> Self {
        let requeue_after = match (self.requeue_after, other.requeue_after) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        Self { requeue_after }
    }
}
