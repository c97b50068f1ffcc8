use std::sync::Arc;

use crate::{
    artifact::{ArtifactError, ArtifactKey, ExactBytes},
    releases::{
        error::Error,
        version::{Publication, Version},
    },
};

const FILE: &str = "manifests.tar.gz";

/// Where the upload of a draft lies: `drafts/{app}/{version}/manifests.tar.gz`.
pub(super) fn draft_key(version: &Version) -> Result<ArtifactKey, Error> {
    key(&["drafts", version.app.as_str(), version.version.as_str(), FILE])
}

/// Where a published archive lies: `published/{app}/{version}/{sha256}.tar.gz`; other bytes are another artifact, so that
/// parallel publishes never overwrite what one of them recorded.
pub(crate) fn published_key(version: &Version, archive: &ExactBytes) -> Result<ArtifactKey, Error> {
    let file = format!("{}.tar.gz", archive.sha256);
    key(&["published", version.app.as_str(), version.version.as_str(), &file])
}

fn key(segments: &[&str]) -> Result<ArtifactKey, Error> {
    ArtifactKey::of(segments).map_err(|error| Error::Internal(Box::new(error)))
}

/// Why a published archive cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Loss {
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("the stored archive is not the one that was published")]
    Integrity,
    #[error(transparent)]
    Key(Error),
}

/// The archive of a published version, checked against what was recorded.
pub(crate) async fn published_archive(
    artifacts: &dyn crate::artifact::ArtifactStore,
    version: &Version,
    publication: &Publication,
) -> Result<Arc<[u8]>, Loss> {
    let key = published_key(version, &publication.archive).map_err(Loss::Key)?;
    let bytes = match artifacts.get(&key, publication.archive.size).await {
        Err(ArtifactError::TooLarge(_)) => return Err(Loss::Integrity),
        other => other?,
    };
    if ExactBytes::of(&bytes) == publication.archive { Ok(bytes) } else { Err(Loss::Integrity) }
}
