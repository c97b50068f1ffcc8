//! What can go wrong when talking to the API server.

use super::fence;
use crate::controller::{Classify, ErrorClass};

/// Why a request to the API server did not have its effect.
///
/// `subject` is kind and name of the object, for example `HelmRelease apps/blog`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request failed for a reason that a later attempt may not meet: transport, time-out, overload, missing
    /// rights.
    #[error("cannot {verb} {subject}")]
    Api {
        /// What was attempted: `get`, `create`, `replace`, `apply`, `delete`.
        verb: &'static str,
        /// The object.
        subject: String,
        /// The cause.
        #[source]
        source: Box<kube::Error>,
    },
    /// An object of that name exists.
    #[error("{subject} already exists")]
    AlreadyExists {
        /// The object.
        subject: String,
    },
    /// The object has changed, or was replaced by another, since it was read.
    #[error("{subject} has changed since it was read")]
    Conflict {
        /// The object.
        subject: String,
        /// The cause.
        #[source]
        source: Box<kube::Error>,
    },
    /// The object, its namespace or its kind does not exist.
    #[error("{subject} does not exist")]
    NotFound {
        /// The object.
        subject: String,
        /// The cause.
        #[source]
        source: Box<kube::Error>,
    },
    /// The API server refuses the object as it stands; the same request would fail again.
    #[error("the server refuses {subject}")]
    Invalid {
        /// The object.
        subject: String,
        /// The cause.
        #[source]
        source: Box<kube::Error>,
    },
    /// An object of that name exists and does not carry our uid; it is never adopted.
    #[error("{subject} exists and belongs to somebody else")]
    NameTaken {
        /// The object.
        subject: String,
    },
    /// The object is being deleted; it can be made again when it is gone.
    #[error("{subject} is being deleted")]
    Terminating {
        /// The object.
        subject: String,
    },
    /// This process does not lead (any more) and must not write.
    #[error("cannot {verb} {subject} without being the leader")]
    NotLeader {
        /// What was attempted.
        verb: &'static str,
        /// The object.
        subject: String,
        /// The cause.
        #[source]
        source: Box<kube::Error>,
    },
    /// The object has no name, so that it cannot be addressed.
    #[error("a {kind} has no name")]
    Unnamed {
        /// The object's kind.
        kind: String,
    },
    /// The object cannot be written as JSON.
    #[error("cannot serialise {subject}")]
    Serialize {
        /// The object.
        subject: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

impl Error {
    /// Sorts a client error into the cases that callers tell apart.
    pub(super) fn from_kube(verb: &'static str, subject: String, source: kube::Error) -> Self {
        if fence::is_not_leader(&source) {
            return Self::NotLeader { verb, subject, source: source.into() };
        }
        match &source {
            kube::Error::Api(status) if status.is_already_exists() => Self::AlreadyExists { subject },
            kube::Error::Api(status) if status.is_conflict() => Self::Conflict { subject, source: source.into() },
            kube::Error::Api(status) if status.is_not_found() => Self::NotFound { subject, source: source.into() },
            kube::Error::Api(status) if status.is_invalid() || status.code == 400 => {
                Self::Invalid { subject, source: source.into() }
            }
            _ => Self::Api { verb, subject, source: source.into() },
        }
    }
}

impl Classify for Error {
    fn class(&self) -> ErrorClass {
        match self {
            Self::AlreadyExists { .. } | Self::Conflict { .. } | Self::NotFound { .. } => ErrorClass::Conflict,
            Self::Invalid { .. } | Self::Unnamed { .. } | Self::Serialize { .. } => ErrorClass::Invalid,
            Self::NotLeader { .. } => ErrorClass::NotLeader,
            Self::Api { .. } | Self::NameTaken { .. } | Self::Terminating { .. } => ErrorClass::Transient,
        }
    }
}

impl Classify for kube::Error {
    fn class(&self) -> ErrorClass {
        if fence::is_not_leader(self) {
            return ErrorClass::NotLeader;
        }
        match self {
            Self::Api(status) if status.code == 409 || status.code == 404 => ErrorClass::Conflict,
            Self::Api(status) if status.code == 422 || status.code == 400 => ErrorClass::Invalid,
            _ => ErrorClass::Transient,
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use rstest::rstest;

    use dploy_core::error::chain;

    use super::Error;
    use crate::cluster::fence::FenceError;
    use crate::controller::{Classify, ErrorClass};

    fn status(code: u16, reason: &str) -> kube::Error {
        kube::Error::Api(Status::failure("because", reason).with_code(code).boxed())
    }

    #[rstest]
    #[case(status(409, "AlreadyExists"), "ConfigMap apps/a already exists", ErrorClass::Conflict)]
    #[case(status(409, "Conflict"), "ConfigMap apps/a has changed since it was read", ErrorClass::Conflict)]
    #[case(status(404, "NotFound"), "ConfigMap apps/a does not exist", ErrorClass::Conflict)]
    #[case(status(422, "Invalid"), "the server refuses ConfigMap apps/a", ErrorClass::Invalid)]
    #[case(status(400, "BadRequest"), "the server refuses ConfigMap apps/a", ErrorClass::Invalid)]
    #[case(status(403, "Forbidden"), "cannot create ConfigMap apps/a", ErrorClass::Transient)]
    #[case(status(500, "InternalError"), "cannot create ConfigMap apps/a", ErrorClass::Transient)]
    #[case(
        kube::Error::Service(FenceError::Deadline.into()),
        "cannot create ConfigMap apps/a without being the leader",
        ErrorClass::NotLeader
    )]
    fn the_servers_answers_are_told_apart(#[case] error: kube::Error, #[case] text: &str, #[case] class: ErrorClass) {
        assert_eq!(error.class(), class, "the client's error alone");
        let error = Error::from_kube("create", "ConfigMap apps/a".to_owned(), error);
        assert_eq!((error.to_string().as_str(), error.class()), (text, class));
    }

    #[test]
    fn a_chain_says_each_cause_once() {
        let error = Error::from_kube("get", "ConfigMap apps/a".to_owned(), kube::Error::Service("refused".into()));
        assert_eq!(chain(&error), "cannot get ConfigMap apps/a: ServiceError: refused");
    }
}
