//! What a decision asks for: actions in order, conditions to report, and when to look again.

use crate::{condition::Condition, time::Timestamp};

/// The outcome of a pure decision over an observed state.
///
/// A plan is a value: it holds no client and was made without I/O, clock or randomness, so the same observation
/// always gives the same plan, and the plan made after it was carried out is empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan<A> {
    /// What to do, in this order.
    pub actions: Vec<A>,
    /// What to report.
    pub conditions: Vec<Condition>,
    /// When time alone changes the decision; `None` waits for a change.
    pub wake_at: Option<Timestamp>,
}

impl<A> Default for Plan<A> {
    fn default() -> Self {
        Self { actions: Vec::new(), conditions: Vec::new(), wake_at: None }
    }
}

impl<A> Plan<A> {
    /// A plan of one action.
    pub fn act(action: A) -> Self {
        Self { actions: vec![action], ..Self::default() }
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Wakes at `at` unless an earlier time is planned already.
    pub fn wake_by(&mut self, at: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(at, |planned| planned.min(at)));
    }
}
