//! The queue's worker: brings queued deployments to their repositories, one worker for each repository at a time.
//!
//! A pass observes the unfinished deployments, [plans](super::plan::batch), finds out what became of those that were
//! interrupted, makes folders of the archives, pushes one commit for each in one push, and records the outcome. It can end
//! at any point: the next pass, here or on another replica, heals what it left by the trailers of the remote's commits. So it
//! does with a push that was not answered, as soon as the remote can be asked.
//!
//! ```text
//! pass      one pass over one repository
//! heal      what became of deployments that were begun before
//! prepare   a deployment's files as a folder of the clone
//! push      commits in one push, and singly when that is refused
//! ```

mod heal;
mod pass;
mod prepare;
mod push;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    artifact::ArtifactStore,
    time::{Clock, Timestamp},
};

use super::{
    ports::{ArchiveReader, GitOpsRepositories, RecordError, Records},
    target::RepositoryUrl,
};

/// What a worker needs.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Where records are kept.
    pub records: Arc<dyn Records>,
    /// Where archives are kept.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Who reads archives.
    pub archives: Arc<dyn ArchiveReader>,
    /// The gitops repositories.
    pub repositories: Arc<dyn GitOpsRepositories>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// How a worker works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// What tells this process from other replicas. One that is known to come after another's end may have its name: it goes
    /// on with the other's repositories then, instead of waiting for their leases to end.
    pub holder: String,
    /// How many deployments go into one push at most.
    pub batch: usize,
    /// How long a repository stays this process' without a renewal; longer than one step of a pass takes.
    pub lease: Duration,
}

impl Options {
    /// The usual ones: 50 deployments in a push, a lease of 60 seconds.
    pub fn new(holder: impl Into<String>) -> Self {
        Self { holder: holder.into(), batch: 50, lease: Duration::from_secs(60) }
    }
}

/// Carries out what is queued.
#[derive(Debug)]
pub struct Deployer {
    parts: Parts,
    options: Options,
}

/// What a pass did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Work {
    /// How many deployments came to a new state.
    pub moved: usize,
    /// When time alone makes another pass worth while; `None` waits for something to be queued.
    pub wake_at: Option<Timestamp>,
    /// Whether another process has the repository.
    pub elsewhere: bool,
}

impl Deployer {
    /// A worker over these parts.
    #[must_use]
    pub fn new(parts: Parts, options: Options) -> Self {
        Self { parts, options }
    }

    /// The repositories that targets name, each once; `None` is the installation's own.
    ///
    /// # Errors
    /// Where the records do not answer.
    pub async fn repositories(&self) -> Result<BTreeSet<Option<RepositoryUrl>>, RecordError> {
        let targets = self.parts.records.list_targets().await?;
        Ok(targets.into_iter().map(|target| target.repository).collect())
    }
}
