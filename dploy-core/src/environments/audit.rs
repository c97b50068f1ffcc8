//! Who did what to an environment or a template.

use async_trait::async_trait;

use crate::error::Classify;

use super::{
    UidRef,
    error::Error,
    marks::{Mark, Marks},
    ports::StoreError,
};

/// Something that a person did, or tried to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Act {
    /// The user name of who did it; nothing else of their credentials.
    pub actor: String,
    /// What was done.
    pub deed: Deed,
    /// To what.
    pub subject: Subject,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of what a person tried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, or could not be done: the [code](crate::error::Classify::code) of why.
    Failed(&'static str),
}

impl Outcome {
    /// The outcome of a use case.
    #[must_use]
    pub fn of<T>(result: &Result<T, Error>) -> Self {
        result.as_ref().err().map_or(Self::Done, |error| Self::Failed(error.code()))
    }

    /// The constant word for programs: `done`, else why not.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed(code) => code,
        }
    }
}

/// What somebody did something to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// The environment of this claim, and the name of its template; uid and template are empty where nothing is known of
    /// it.
    Environment(UidRef, String),
    /// The template of this name.
    Template(String),
}

/// What can be done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Deed {
    /// An owner asked for a new environment.
    Created,
    /// An owner extended an environment.
    Extended,
    /// An administrator extended somebody's environment.
    ExtendedByAdmin,
    /// An owner released an environment.
    Released,
    /// An administrator released somebody's environment.
    ReleasedByAdmin,
    /// A mark was set on a template, or taken off.
    Marked(Mark, bool),
}

impl Deed {
    /// The constant word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Extended => "Extended",
            Self::ExtendedByAdmin => "ExtendedByAdmin",
            Self::Released => "Released",
            Self::ReleasedByAdmin => "ReleasedByAdmin",
            Self::Marked(Mark::Cordoned, true) => "Cordoned",
            Self::Marked(Mark::Cordoned, false) => "Uncordoned",
            Self::Marked(Mark::Drained, true) => "Drained",
            Self::Marked(Mark::Drained, false) => "Undrained",
        }
    }
}

/// Keeps what people did, where operators look for it.
///
/// # Contract
/// - It is told what was done and what was refused, each time; it may keep only what was done.
/// - It is not told what changed nothing because it was so already, nor that somebody named an environment to extend or
///   release that is not theirs.
/// - It neither waits nor fails: who did something is answered whether or not it can be kept.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Audit: Send + Sync + std::fmt::Debug {
    /// Keeps what somebody did or tried.
    fn record(&self, act: &Act);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAudit;

impl Audit for NoAudit {
    fn record(&self, _: &Act) {}
}

/// Sets marks on the templates of one namespace.
///
/// # Contract
/// - `mark` leaves everything else of the template as it is, also when others change it at the same time.
/// - It is idempotent: a mark that is as asked for is not written, and then nothing is
///   [`changed`](Marked::changed).
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TemplateMarker: Send + Sync + std::fmt::Debug {
    /// Sets the mark on the template of that name or takes it off; `None` where there is no such template.
    async fn mark(&self, name: &str, mark: Mark, set: bool) -> Result<Option<Marked>, StoreError>;
}

/// What became of a template's marks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Marked {
    /// The marks as they are now.
    pub marks: Marks,
    /// Whether this call changed them.
    pub changed: bool,
}
