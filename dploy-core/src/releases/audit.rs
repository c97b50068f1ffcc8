//! The audit: who did what, written with the change itself.

use crate::{json::Json, time::Timestamp};

use super::name::AppName;

/// Something that somebody did, or was not allowed to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEvent {
    /// A version 4 UUID.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What, as noun and verb: `version.publish`.
    pub action: String,
    /// What it was done to: `version/1.0.0`.
    pub object: String,
    /// The application it belongs to.
    pub app: Option<AppName>,
    /// Whether it was done.
    pub outcome: Outcome,
    /// What changed, without secrets.
    pub detail: Json,
    /// The id of the request.
    pub request: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
}

/// Whether something was done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It was.
    Done,
    /// The caller may not do it.
    Denied,
}

impl Outcome {
    /// `done` or `denied`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
        }
    }

    /// The outcome of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Done, Self::Denied].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// Which events are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// Of this application.
    pub app: Option<AppName>,
    /// Of this actor.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// Since then.
    pub since: Option<Timestamp>,
}
