//! Versions: a set of manifests with where they come from.

use crate::{artifact::ExactBytes, time::Timestamp};

use super::name::{AppName, VersionId};

/// A version of an application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// A version 4 UUID.
    pub id: String,
    /// The id of its application.
    pub app_id: String,
    /// The name of its application.
    pub app: AppName,
    /// What its maker calls it.
    pub version: VersionId,
    /// Where it comes from.
    pub metadata: VersionMetadata,
    /// What its upload has to be, where the maker said so.
    pub exact: Option<ExactBytes>,
    /// When it was drafted, or drafted anew.
    pub drafted_at: Timestamp,
    /// When it was first drafted.
    pub created_at: Timestamp,
    /// What was published; `None` is a draft.
    pub published: Option<Publication>,
    /// Why it must not be deployed.
    pub rejection: Option<Rejection>,
}

impl Version {
    /// The word for its state on the wire.
    #[must_use]
    pub fn status(&self) -> VersionStatus {
        if self.published.is_some() { VersionStatus::Published } else { VersionStatus::Draft }
    }
}

/// Whether a version may still change.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VersionStatus {
    /// Its manifests are not there yet, or were not accepted.
    Draft,
    /// It cannot change any more.
    Published,
}

impl VersionStatus {
    /// `draft` or `published`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Published].into_iter().find(|status| status.as_str() == word)
    }
}

/// Where a version comes from, as its maker says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionMetadata {
    /// The commit.
    pub git_sha: String,
    /// The branch; `unknown` where a client knew none.
    pub git_branch: String,
    /// The tag, if it was made of one.
    pub git_tag: Option<String>,
    /// Who committed it.
    pub git_committer: Option<String>,
    /// The number of the build.
    pub build_number: Option<String>,
    /// When it was made.
    pub timestamp: Timestamp,
}

impl VersionMetadata {
    /// Whether both tell the same origin: all but the time, which clients stamp anew each time they ask.
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        *self == Self { timestamp: self.timestamp, ..other.clone() }
    }
}

/// What was published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication {
    /// When.
    pub at: Timestamp,
    /// The archive, as it is stored.
    pub archive: ExactBytes,
    /// The files that are committed, sorted.
    pub files: Vec<String>,
    /// What a kustomization at the top has to list, sorted; `None` where the archive brings one.
    pub resources: Option<Vec<String>>,
}

/// Why a version must not be deployed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// What is wrong with it.
    pub reason: String,
    /// Who rejected it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
