//! What is done about an error: the one table.
//!
//! | class       | meaning                                             | then                                             |
//! |-------------|-----------------------------------------------------|--------------------------------------------------|
//! | `Conflict`  | we decided on something stale                       | again at once, then after 0.1 s doubling to 1 s … |
//! | `Transient` | the world was not ready                             | again after 1 s doubling to 5 min, with jitter    |
//! | `Invalid`   | the same attempt would fail again                   | wait for a change                                |
//! | `NotLeader` | somebody else works on it                           | wait for a change (a new leader looks at all)    |
//!
//! After 12 failures in a row, of whatever class, an object is in quarantine: it is tried every half hour until it
//! succeeds or its spec changes.

use std::time::Duration;

/// How an error is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// A later attempt may succeed.
    Transient,
    /// The decision was made on a stale view; a fresh one may succeed at once.
    Conflict,
    /// No attempt will succeed before something changes.
    Invalid,
    /// This process may not write.
    NotLeader,
}

impl ErrorClass {
    /// The class as metrics and logs show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::NotLeader => "not_leader",
        }
    }
}

/// An error that knows how it is dealt with.
pub trait Classify {
    /// The error's class.
    fn class(&self) -> ErrorClass;
}

/// What to do with an object whose reconcile failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Try again after this time, and not before unless the object's spec changes.
    After(Duration),
    /// Wait for a change.
    AwaitChange,
}

/// The times of the table.
#[derive(Clone, Debug)]
pub struct Policy {
    /// First delay after a transient error (1 s); doubles with each failure.
    pub base: Duration,
    /// Longest delay (5 min).
    pub longest: Duration,
    /// Second delay after a conflict (0.1 s); the first retry is immediate.
    pub conflict: Duration,
    /// Failures in a row that lead to quarantine (12).
    pub quarantine_after: u32,
    /// Delay in quarantine (30 min).
    pub quarantine: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            longest: Duration::from_secs(300),
            conflict: Duration::from_millis(100),
            quarantine_after: 12,
            quarantine: Duration::from_secs(1800),
        }
    }
}

impl Policy {
    /// What to do after the `failures`-th failure in a row (counted from 1). `jitter`, from 0 to 1, spreads the
    /// retries of objects that failed together over the upper half of the delay.
    pub fn decide(&self, class: ErrorClass, failures: u32, jitter: f64) -> Retry {
        let doubled = |first: Duration, times: u32| first.saturating_mul(1 << times.min(20)).min(self.longest);
        let spread = |delay: Duration| delay.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0));
        match class {
            ErrorClass::Invalid | ErrorClass::NotLeader => Retry::AwaitChange,
            _ if failures >= self.quarantine_after => Retry::After(self.quarantine),
            ErrorClass::Conflict if failures <= 1 => Retry::After(Duration::ZERO),
            ErrorClass::Conflict => Retry::After(spread(doubled(self.conflict, failures - 2))),
            ErrorClass::Transient => Retry::After(spread(doubled(self.base, failures - 1)).max(self.base)),
        }
    }

    /// Whether an object with that many failures in a row is in quarantine.
    pub fn quarantines(&self, failures: u32) -> bool {
        failures >= self.quarantine_after
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{ErrorClass, Policy, Retry};

    fn after(class: ErrorClass, failures: u32, jitter: f64) -> Duration {
        match Policy::default().decide(class, failures, jitter) {
            Retry::After(delay) => delay,
            Retry::AwaitChange => panic!("{class:?} awaits a change"),
        }
    }

    #[test]
    fn transient_errors_back_off_exponentially_to_five_minutes() {
        let delays: Vec<u64> = (1..=11).map(|n| after(ErrorClass::Transient, n, 1.0).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn the_first_conflict_is_retried_at_once() {
        assert_eq!(after(ErrorClass::Conflict, 1, 0.5), Duration::ZERO);
        assert_eq!(after(ErrorClass::Conflict, 2, 1.0), Duration::from_millis(100));
    }

    #[test]
    fn an_invalid_object_is_not_retried() {
        for class in [ErrorClass::Invalid, ErrorClass::NotLeader] {
            assert_eq!(Policy::default().decide(class, 1, 0.5), Retry::AwaitChange);
        }
    }

    #[test]
    fn twelve_failures_in_a_row_lead_to_quarantine() {
        for class in [ErrorClass::Transient, ErrorClass::Conflict] {
            assert_eq!(after(class, 12, 0.3), Duration::from_secs(1800));
        }
    }

    proptest! {
        #[test]
        fn transient_delays_stay_between_a_second_and_five_minutes(failures in 1u32..12, jitter in 0.0..=1.0f64) {
            let delay = after(ErrorClass::Transient, failures, jitter);
            prop_assert!(delay >= Duration::from_secs(1) && delay <= Duration::from_secs(300));
        }

        #[test]
        fn no_count_of_failures_overflows(failures in 1u32.., jitter in any::<f64>()) {
            after(ErrorClass::Transient, failures, jitter);
            after(ErrorClass::Conflict, failures, jitter);
        }
    }
}
