//! Artifacts: bytes under keys, and URLs that let somebody upload one of them.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::stream::BoxStream;
use sha2::{Digest, Sha256};

use crate::{id::hex, time::Timestamp};

/// Where an artifact lies: segments of `[A-Za-z0-9._+-]` joined by `/`, none of them `.` or `..`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ArtifactKey(String);

/// A key of that form cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an artifact's key must be segments of A-Z, a-z, 0-9 and . _ + - joined by /, together at most 512 characters")]
#[non_exhaustive]
pub struct InvalidKey;

impl ArtifactKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`InvalidKey`] says what is accepted.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let inner = |c: u8| c.is_ascii_alphanumeric() || b"._+-".contains(&c);
        let segment = |text: &str| !text.is_empty() && text != "." && text != ".." && text.bytes().all(inner);
        if text.len() <= 512 && text.split('/').all(segment) { Ok(Self(text.to_owned())) } else { Err(InvalidKey) }
    }

    /// The key of these segments.
    ///
    /// # Errors
    /// A segment has a `/` or is not accepted itself.
    pub fn of(segments: &[&str]) -> Result<Self, InvalidKey> {
        if segments.iter().any(|segment| segment.contains('/')) {
            return Err(InvalidKey);
        }
        Self::parse(&segments.join("/"))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ArtifactKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keeps artifacts.
///
/// # Contract
/// - `put` is atomic: a reader sees the former bytes or the new ones whole, and what it returned for is kept.
/// - `get` answers [`ArtifactError::TooLarge`] as soon as it knows that the artifact is larger than `limit` bytes, and
///   never holds more than that.
/// - `remove` of what is not there is a success.
/// - A key that is the folder of another (`a` beside `a/b`) may be refused.
/// - `list` gives every artifact whose key begins with `prefix` and `/`, page by page in no order; one that is written or removed meanwhile
///   may be missing.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ArtifactStore: Send + Sync + fmt::Debug {
    /// Stores the bytes under the key, in the place of what was there.
    async fn put(&self, key: &ArtifactKey, bytes: Arc<[u8]>) -> Result<(), ArtifactError>;

    /// The bytes under the key, at most `limit` of them.
    async fn get(&self, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError>;

    /// Removes what is under the key.
    async fn remove(&self, key: &ArtifactKey) -> Result<(), ArtifactError>;

    /// What is kept below `prefix`.
    fn list(&self, prefix: &ArtifactKey) -> BoxStream<'static, Result<ArtifactEntry, ArtifactError>>;

    /// Whether the store can be used: a live look, bounded by a few seconds.
    async fn ready(&self) -> Result<(), ArtifactError>;
}

/// An artifact in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArtifactEntry {
    /// Where it lies.
    pub key: ArtifactKey,
    /// How many bytes it has.
    pub size: u64,
    /// When it was last written.
    pub written_at: Timestamp,
}

/// Makes URLs that let somebody without other credentials upload one artifact by HTTP PUT.
///
/// # Contract
/// - The URL is good for that key alone, until `expires_in` has passed.
/// - Where `exact` is given, the store refuses an upload of another size or digest, given that the headers are sent.
/// - A later upload takes the place of an earlier one.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UploadSigner: Send + Sync + fmt::Debug {
    /// A URL for the upload.
    async fn sign(&self, upload: &Upload) -> Result<SignedUpload, ArtifactError>;
}

/// An upload that is to be allowed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upload {
    /// Where to.
    pub key: ArtifactKey,
    /// How long from now.
    pub expires_in: Duration,
    /// The only bytes that are accepted; `None` accepts any.
    pub exact: Option<ExactBytes>,
}

/// Bytes that are told by their number and digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExactBytes {
    /// How many they are.
    pub size: u64,
    /// Their SHA-256, 64 lower-case hex digits.
    pub sha256: String,
}

impl ExactBytes {
    /// What tells these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }
}

/// A URL to upload to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedUpload {
    /// The URL.
    pub url: String,
    /// Headers that the upload has to carry.
    pub headers: BTreeMap<String, String>,
}

/// Why an artifact could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// There is nothing under the key.
    #[error("there is no such artifact")]
    NotFound,
    /// It is larger than was asked for; that limit, in bytes.
    #[error("the artifact is larger than {0} bytes")]
    TooLarge(u64),
    /// It is kept where it cannot be read at once.
    #[error("the artifact is archived and must be restored before it can be read")]
    Archived,
    /// The store refuses the credentials.
    #[error("the artifact store denies access")]
    Denied(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store does not answer, or not as expected.
    #[error("the artifact store is not reachable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("drafts/web/1.0.0+b5/manifests.tar.gz", true)]
    #[case("a", true)]
    #[case("", false)]
    #[case("a//b", false)]
    #[case("../a", false)]
    #[case("a/..", false)]
    #[case("a b", false)]
    #[case("a%2Fb", false)]
    #[case("/a", false)]
    fn keys_stay_below_their_store(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(ArtifactKey::parse(text).is_ok(), valid, "{text}");
    }

    #[test]
    fn w08_segments_never_join_to_another_key() {
        assert!(ArtifactKey::of(&["drafts", "web/1", "r"]).is_err());
        assert_eq!(ArtifactKey::of(&["drafts", "web", "r"]).unwrap().as_str(), "drafts/web/r");
    }
}
