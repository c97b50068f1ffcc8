//! Conditions as Kubernetes' API conventions define them: what is true of an object right now, and why.

use crate::time::Timestamp;

/// The spec was read and is usable.
pub const ACCEPTED: &str = "Accepted";
/// Work towards the desired state is under way.
pub const PROGRESSING: &str = "Progressing";
/// The object does what it is for.
pub const READY: &str = "Ready";

/// The truth value of a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be told yet.
    Unknown,
}

impl Truth {
    /// The word the Kubernetes API uses: `True`, `False` or `Unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// One condition that a plan wants on an object; the adapter adds generation and transition time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Its type, one of the constants of this module or of a domain.
    pub kind: &'static str,
    /// Whether it holds.
    pub status: Truth,
    /// A constant CamelCase word for programs.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
}

impl Condition {
    /// A condition of type `kind`.
    pub fn new(
        kind: &'static str,
        status: impl Into<Truth>,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { kind, status: status.into(), reason: reason.into(), message: message.into() }
    }
}

/// A condition as read from an object, with the time its status last changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observed {
    /// Whether it held.
    pub status: Truth,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// When its status last changed.
    pub since: Option<Timestamp>,
}
