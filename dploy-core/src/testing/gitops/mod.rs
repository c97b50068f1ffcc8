//! Gitops repositories in memory.

mod remote;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::{StreamExt, stream::BoxStream};

use crate::{
    releases::{
        deployment::DeploymentId,
        file::ArchiveFile,
        name::{AppName, BranchName},
        plan::message::CommitMessage,
        ports::{
            ArchiveError, Change, CommitId, Committed, Fence, Folder, GitOpsError, GitOpsRepositories, GitOpsRepository,
        },
        target::RepositoryUrl,
    },
    time::Timestamp,
};

use remote::Remote;
pub use remote::{MemoryCommit, Vanishes};

/// The branch of a repository in memory where none is named.
const DEFAULT_BRANCH: &str = "main";

/// Gitops repositories in memory, one for each address; also the repository at one address. Clones share everything, and
/// take turns as they do on the clone of a real one: a folder that is being stored keeps all others out.
///
/// ```
/// # use dploy_core::{releases::ports::GitOpsRepositories, testing::MemoryGitOps};
/// let gitops = MemoryGitOps::new();
/// let repository = gitops.open(None);
/// gitops.refuse(Some("windows are closed"));
/// assert!(gitops.log("main").is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryGitOps {
    remotes: Arc<Mutex<BTreeMap<Option<RepositoryUrl>, Remote>>>,
    url: Option<RepositoryUrl>,
    turns: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryGitOps {
    /// Repositories without commits; this one is the installation's own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The repository at that address.
    #[must_use]
    pub fn at(&self, url: Option<&RepositoryUrl>) -> Self {
        Self { remotes: Arc::clone(&self.remotes), url: url.cloned(), turns: Arc::clone(&self.turns) }
    }

    /// The files at the tip of a branch by their paths.
    #[must_use]
    pub fn files(&self, branch: &str) -> BTreeMap<String, Vec<u8>> {
        self.remote(|remote| remote.files(branch))
    }

    /// The commits of a branch, newest first.
    #[must_use]
    pub fn log(&self, branch: &str) -> Vec<MemoryCommit> {
        self.remote(|remote| remote.log(branch).iter().rev().cloned().collect())
    }

    /// Commits as a person does: writes a file, or removes it.
    pub fn commit_by_hand(&self, branch: &str, path: &str, bytes: Option<&[u8]>) -> CommitId {
        self.remote(|remote| remote.by_hand(branch, path, bytes))
    }

    /// From now on every push is refused with that text; `None` ends it.
    pub fn refuse(&self, reason: Option<&str>) {
        self.remote(|remote| remote.faults.refuse = reason.map(str::to_owned));
    }

    /// From now on every push that changes that application is refused; `None` ends it.
    pub fn refuse_app(&self, app: Option<&AppName>) {
        self.remote(|remote| remote.faults.refuse_app = app.cloned());
    }

    /// Whether the repository is out of reach from now on.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.remote(|remote| remote.faults.unavailable = unavailable);
    }

    /// The next `pushes` give up because the branch moves.
    pub fn move_during(&self, pushes: u32) {
        self.remote(|remote| remote.faults.moved = pushes);
    }

    /// The next `pushes` reach the branch, and their callers get an error instead of the answer.
    pub fn lose_replies(&self, pushes: u32) {
        self.remote(|remote| remote.faults.lost_replies = pushes);
    }

    /// At its next push the repository goes out of reach, and nobody is told what became of the push.
    pub fn vanish(&self, when: Vanishes) {
        self.remote(|remote| remote.faults.vanishes = Some(when));
    }

    /// The next push stays on its way: its caller gets an error, and it comes to the branch when it is let [go](Self::arrive).
    pub fn hold_up(&self) {
        self.remote(|remote| remote.faults.held_up = true);
    }

    /// The push that was held up comes to its branch, if that still is where the push expects it; whether it does.
    pub fn arrive(&self) -> bool {
        self.remote(Remote::arrive)
    }

    /// How often `push` was called.
    #[must_use]
    pub fn pushes(&self) -> usize {
        self.remote(|remote| remote.pushes)
    }

    fn remote<T>(&self, look: impl FnOnce(&mut Remote) -> T) -> T {
        let mut remotes = self.remotes.lock().unwrap_or_else(PoisonError::into_inner);
        look(remotes.entry(self.url.clone()).or_default())
    }
}

impl GitOpsRepositories for MemoryGitOps {
    fn open(&self, url: Option<&RepositoryUrl>) -> Arc<dyn GitOpsRepository> {
        Arc::new(self.at(url))
    }
}

#[async_trait]
impl GitOpsRepository for MemoryGitOps {
    async fn store(
        &self,
        mut files: BoxStream<'static, Result<ArchiveFile, ArchiveError>>,
    ) -> Result<Folder, GitOpsError> {
        let _turn = self.turns.lock().await;
        let mut folder = BTreeMap::new();
        while let Some(file) = files.next().await {
            tokio::task::yield_now().await;
            let file = file.map_err(GitOpsError::Archive)?;
            folder.insert(file.path.as_str().to_owned(), file.bytes);
        }
        if folder.is_empty() {
            return Err(GitOpsError::Tree("a folder needs a file".to_owned()));
        }
        Ok(self.remote(|remote| remote.keep(folder)))
    }

    async fn push(&self, branch: Option<&BranchName>, changes: &[Change]) -> Result<Vec<Committed>, GitOpsError> {
        let _turn = self.turns.lock().await;
        self.remote(|remote| remote.push(name(branch), changes))
    }

    async fn fence(&self, branch: Option<&BranchName>, fence: &Fence) -> Result<CommitId, GitOpsError> {
        let _turn = self.turns.lock().await;
        self.remote(|remote| remote.fence(name(branch), fence))
    }

    async fn find(
        &self,
        branch: Option<&BranchName>,
        deployments: &BTreeSet<DeploymentId>,
        since: Timestamp,
    ) -> Result<BTreeMap<DeploymentId, CommitId>, GitOpsError> {
        let _turn = self.turns.lock().await;
        self.ready().await?;
        let log = self.remote(|remote| remote.log(name(branch)).to_vec());
        let found = log.into_iter().filter(|commit| commit.at >= since).filter_map(|commit| {
            let deployment = CommitMessage::deployment(&commit.message)?.to_owned();
            deployments.contains(&deployment).then_some((deployment, commit.id))
        });
        Ok(found.collect())
    }

    async fn ready(&self) -> Result<(), GitOpsError> {
        self.remote(|remote| remote.reachable())
    }
}

fn name(branch: Option<&BranchName>) -> &str {
    branch.map_or(DEFAULT_BRANCH, BranchName::as_str)
}
