use std::{io, path::PathBuf};

use dploy_core::{
    artifact::ArtifactError,
    error::{Classify, ErrorKind},
};

/// Why a folder of artifacts, or the signer of its uploads, could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The folder, or something in it, could not be made or read.
    #[error("cannot use {path} for artifacts")]
    Unusable {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The secret is not 32 bytes in a file of its own that only its owner can read.
    #[error("the upload secret {path} must be a file of 32 bytes with mode 0600")]
    Secret {
        /// Where the secret is.
        path: PathBuf,
    },
    /// The start of upload URLs is none.
    #[error("the public base of upload URLs must be an http:// or https:// URL without query, not {given:?}")]
    PublicBase {
        /// What was given.
        given: String,
    },
}

impl FolderError {
    pub(super) fn unusable(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Unusable { path, source }
    }
}

impl Classify for FolderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unusable { .. } => ErrorKind::Unavailable,
            Self::Secret { .. } | Self::PublicBase { .. } => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unusable { .. } => "artifact_folder_unusable",
            Self::Secret { .. } => "upload_secret_invalid",
            Self::PublicBase { .. } => "public_base_invalid",
        }
    }
}

/// Why an upload URL allows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// It is not one that this signer made, or not for this key.
    #[error("the upload URL is not signed for this artifact")]
    Signature,
    /// It was good until before now.
    #[error("the upload URL has expired; draft the version again for a fresh one")]
    Expired,
}

impl Classify for GrantError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Forbidden
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Signature => "upload_not_signed",
            Self::Expired => "upload_expired",
        }
    }
}

/// Why an upload was not taken; nothing of it is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// It has more bytes than are allowed; that limit.
    #[error("the upload is larger than {0} bytes")]
    TooLarge(u64),
    /// It is not the bytes that were announced; how many these were.
    #[error("the upload must have exactly the announced {0} bytes")]
    Size(u64),
    /// It has another SHA-256 than was announced; the announced one.
    #[error("the upload must have the announced SHA-256 {0}")]
    Digest(String),
    /// Its body broke off.
    #[error("the body of the upload could not be read")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It could not be written.
    #[error("the upload could not be stored")]
    Store(#[source] ArtifactError),
}

impl Classify for ReceiveError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(_) => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "upload_too_large",
            Self::Size(_) => "upload_size_differs",
            Self::Digest(_) => "upload_digest_differs",
            Self::Body(_) => "upload_incomplete",
            Self::Store(_) => "artifact_store_unavailable",
        }
    }
}
