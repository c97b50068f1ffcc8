//! What API and CLI call. This is the only place that authorises: every use case takes its [`Caller`](super::access::Caller) first, and what a
//! caller was not allowed to do is in the audit.
//!
//! ```text
//! permission      may the caller do this, and the events that tell what was done
//! applications    register, look up, list, change
//! draft           a version and a URL to upload its archive to
//! publish         check the archive, keep it, queue what policies ask for
//! versions        look up, list, reject
//! deployments     deploy, roll back, promote, look up, list
//! holds           keep policies away from a target, and let them back
//! policies · targets · keys · trail
//! difference      what one version changes against another
//! archive         a version's archive as it was published
//! janitor         what expires
//! ```

mod applications;
mod archive;
mod deployments;
mod difference;
mod draft;
mod holds;
mod janitor;
mod keys;
mod permission;
mod policies;
mod publish;
mod targets;
#[cfg(test)]
pub(crate) mod tests;
mod trail;
mod versions;

use std::{sync::Arc, time::Duration};

use crate::{
    artifact::{ArtifactStore, UploadSigner},
    random::Random,
    time::Clock,
};

use super::ports::{ArchiveReader, Records};

pub(crate) use archive::{Loss, published_archive};

pub use applications::{ApplicationView, NewApplication};
pub use deployments::{DeployRequest, DeploymentQuery, RollbackTo};
pub use difference::Against;
pub use draft::{DraftRequest, Drafted};
pub use keys::{NewKey, NewSecret};
pub use policies::{PolicyChange, PolicyRequest};
pub use publish::Published;
pub use targets::TargetRequest;
pub use versions::VersionView;

/// What an installation of the release service is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Where records are kept.
    pub records: Arc<dyn Records>,
    /// Where archives are kept.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Who makes upload URLs.
    pub uploads: Arc<dyn UploadSigner>,
    /// Who reads archives.
    pub archives: Arc<dyn ArchiveReader>,
    /// What ids and secrets are drawn from.
    pub random: Arc<dyn Random>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// What an installation chooses about the use cases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How long an upload URL is good.
    pub upload_expires_in: Duration,
    /// The largest archive, packed, in bytes.
    pub archive_limit: u64,
    /// How long a draft is kept.
    pub draft_days: u32,
    /// How many deployments may be queued.
    pub queue_capacity: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            upload_expires_in: Duration::from_secs(300),
            archive_limit: 10 << 20,
            draft_days: 7,
            queue_capacity: 10_000,
        }
    }
}

/// The use cases.
#[derive(Debug)]
pub struct Releases {
    parts: Parts,
    options: Options,
    /// Archives are read one at a time: that bounds the memory that strangers can ask for.
    reading: futures::lock::Mutex<()>,
}

impl Releases {
    /// The use cases over these parts.
    #[must_use]
    pub fn new(parts: Parts, options: Options) -> Self {
        Self { parts, options, reading: futures::lock::Mutex::new(()) }
    }

    fn id(&self) -> String {
        crate::random::uuid(&*self.parts.random)
    }
}
