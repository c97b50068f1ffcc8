//! What can go wrong when versions are made and deployed.

use crate::{
    artifact::ArtifactError,
    error::{Classify, ErrorKind},
};

use super::{
    manifest::Problems,
    name::InvalidName,
    ports::{ArchiveError, GitOpsError, RecordError},
};

/// Why a use case was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such thing, or the caller may not know of it.
    #[error("{what} \"{name}\" not found")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// What the caller named.
        name: String,
    },
    /// There is one of that name.
    #[error("{what} \"{name}\" exists already")]
    Exists {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Its state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// A field of the request is wrong.
    #[error("{field} must be {accepted}")]
    Invalid {
        /// The field.
        field: String,
        /// What is accepted.
        accepted: String,
    },
    /// A version that is not published, or is rejected, was to be deployed.
    #[error("{0}")]
    InvalidStatus(String),
    /// Nothing was uploaded.
    #[error("no archive was uploaded for version \"{0}\"; upload it to the draft's URL, then publish")]
    NothingUploaded(String),
    /// The upload is not what the draft said.
    #[error("the uploaded archive is not the one that was drafted: {0}")]
    OtherUpload(String),
    /// The archive is refused.
    #[error("the archive is refused")]
    Archive(#[source] ArchiveError),
    /// The manifests are refused.
    #[error("the manifests are refused: {0}")]
    Manifests(Problems),
    /// The stored archive is not the one that was published.
    #[error("the stored archive of version \"{0}\" is not the one that was published")]
    Integrity(String),
    /// The caller's credentials are missing or not accepted.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller may not do this.
    #[error("this needs the permission `{action}` on {object}")]
    Forbidden {
        /// The action.
        action: &'static str,
        /// What on.
        object: String,
    },
    /// The queue is full; its capacity.
    #[error("{0} deployments are queued already, try again later")]
    QueueFull(u64),
    /// The database does not answer.
    #[error("the records are not reachable, try again shortly")]
    Records(#[source] RecordError),
    /// The artifact store does not answer.
    #[error("the artifact store is not reachable, try again shortly")]
    Artifacts(#[source] ArtifactError),
    /// The git remote does not answer or refuses.
    #[error("the gitops repository is not usable, try again shortly")]
    GitOps(#[source] GitOpsError),
    /// A defect.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// There is no such thing.
    pub fn not_found(what: &'static str, name: impl Into<String>) -> Self {
        Self::NotFound { what, name: name.into() }
    }

    /// A field is wrong.
    pub fn invalid(field: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), accepted: accepted.into() }
    }

    /// A name in that field is wrong.
    #[must_use]
    pub fn name(field: &str, invalid: &InvalidName) -> Self {
        Self::invalid(field, invalid.accepted)
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Corrupt(source) => Self::Internal(source),
            other => Self::Records(other),
        }
    }
}

impl From<ArtifactError> for Error {
    fn from(error: ArtifactError) -> Self {
        Self::Artifacts(error)
    }
}

impl Classify for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Exists { .. } | Self::Conflict(_) => ErrorKind::Conflict,
            Self::Invalid { .. }
            | Self::InvalidStatus(_)
            | Self::NothingUploaded(_)
            | Self::OtherUpload(_)
            | Self::Archive(_)
            | Self::Manifests(_) => ErrorKind::Invalid,
            Self::Unauthenticated(_) => ErrorKind::Unauthenticated,
            Self::Forbidden { .. } => ErrorKind::Forbidden,
            Self::QueueFull(_) => ErrorKind::Exhausted,
            Self::Records(_) | Self::Artifacts(_) | Self::GitOps(_) => ErrorKind::Unavailable,
            Self::Integrity(_) | Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Exists { .. } | Self::Conflict(_) => "conflict",
            Self::Invalid { .. } | Self::NothingUploaded(_) => "invalid_request",
            Self::InvalidStatus(_) => "invalid_status",
            Self::OtherUpload(_) => "upload_mismatch",
            Self::Archive(ArchiveError::TooLarge { .. }) => "too_large",
            Self::Archive(_) => "invalid_archive",
            Self::Manifests(_) => "validation_failed",
            Self::Unauthenticated(_) => "unauthorized",
            Self::Forbidden { .. } => "forbidden",
            Self::QueueFull(_) => "queue_full",
            Self::Records(_) | Self::Artifacts(_) | Self::GitOps(_) => "service_unavailable",
            Self::Integrity(_) => "integrity",
            Self::Internal(_) => "internal_error",
        }
    }
}
