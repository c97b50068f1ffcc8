//! Points in time and the port that tells them.
//!
//! Core reads no clock: decisions take `now` as an argument and use cases hold an `Arc<dyn Clock>`.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// A point in time (UTC), compared and stored with nanosecond resolution.
///
/// It is read from and written as RFC 3339, which is what Kubernetes and the HTTP surfaces use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The point `seconds` after 1970-01-01T00:00:00Z, clamped to the representable years (-9999 to 9999).
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        let edge = if seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(jiff::Timestamp::from_second(seconds).unwrap_or(edge))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The point `microseconds` after 1970-01-01T00:00:00Z, clamped to the representable years.
    #[must_use]
    pub fn from_unix_micros(microseconds: i64) -> Self {
        let edge = if microseconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(jiff::Timestamp::from_microsecond(microseconds).unwrap_or(edge))
    }

    /// Whole microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// This point moved by `seconds` (negative: earlier), clamped to the representable years.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let edge = if seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(self.0.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(edge))
    }

    /// How long it is from `self` until `later`; zero when `later` has passed.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::try_from(later.0.duration_since(self.0)).unwrap_or_default()
    }

    /// The same point without the fraction of its second: what Kubernetes stores in a `metav1.Time`.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self::from_unix_seconds(self.unix_seconds())
    }
}

/// RFC 3339 in UTC with whole seconds, as Kubernetes writes a `metav1.Time`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.whole_seconds().0.fmt(f)
    }
}

/// Reads RFC 3339; the error says what was wrong with the text.
impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(value: jiff::Timestamp) -> Self {
        Self(value)
    }
}

impl From<Timestamp> for jiff::Timestamp {
    fn from(value: Timestamp) -> Self {
        value.0
    }
}

/// Tells the time.
///
/// # Contract
/// `now` never blocks. It may step backwards with the wall clock; callers must stay correct when it does.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The current time.
    fn now(&self) -> Timestamp;
}
