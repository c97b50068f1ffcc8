//! The kinds of failure that all domains share.
//!
//! A domain's `Error` maps each of its variants to one [`ErrorKind`] and one stable code. Exactly three tables
//! read the kind: the HTTP status, the requeue decision of a controller, and the CLI's exit code with its hint.

/// What sort of failure an error is, independent of its wording.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The named thing does not exist, or the caller may not know that it does.
    NotFound,
    /// The state of the thing does not allow this now.
    Conflict,
    /// The input is wrong; repeating it cannot succeed.
    Invalid,
    /// It is not known who is calling.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// A limit of the caller or of the platform is used up.
    Exhausted,
    /// A part that is needed does not answer; repeating it may succeed.
    Unavailable,
    /// A defect or an unexpected answer; never worded to clients.
    Internal,
}

impl ErrorKind {
    /// Whether the same call may succeed later without anybody changing its input.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Conflict | Self::Unavailable | Self::Internal | Self::Exhausted)
    }
}

/// An error and all its causes in one line, each said once: for logs and records, where handling stops.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some crates print their source in their own text.
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

/// An error that says which kind it is and carries a stable code.
pub trait Classify: std::error::Error {
    /// The kind that the three tables read.
    fn kind(&self) -> ErrorKind;

    /// A stable lower-case identifier such as `quota_exceeded`.
    fn code(&self) -> &'static str;
}
