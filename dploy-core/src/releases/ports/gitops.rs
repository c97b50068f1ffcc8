use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{
    releases::{
        deployment::DeploymentId,
        file::ArchiveFile,
        name::{AppName, BranchName},
        plan::message::CommitMessage,
        target::RepositoryUrl,
    },
    time::Timestamp,
};

use super::ArchiveError;

/// The id of a git commit, lower-case hex.
pub type CommitId = String;

/// Opens gitops repositories by their addresses.
///
/// # Contract
/// The same address gives the same repository; opening makes no connection.
pub trait GitOpsRepositories: Send + Sync + fmt::Debug {
    /// The repository at that address; `None` is the installation's own.
    fn open(&self, url: Option<&RepositoryUrl>) -> Arc<dyn GitOpsRepository>;
}

/// Commits to one gitops repository.
///
/// # Contract
/// - Every call sees the remote as it is: nothing of an earlier call that did not reach it is in a later commit.
/// - `push` makes one commit for each change that changes something, in order, and pushes them at once, expecting the tip
///   they were built on; when the remote has moved, they are rebuilt on the new tip, a bounded number of times. Either
///   all of them reach the branch or none does; where nobody can tell which, that is an error of its own.
/// - A commit replaces the folder of its change as a whole. Where there was none, it also names the application in the
///   `kustomization.yaml` beside it, as [`register`](crate::releases::plan::kustomization::register) says. Nothing else
///   of the tree changes.
/// - A change without a folder removes the application's, and what names it in the `kustomization.yaml` beside it, as
///   [`strike`](crate::releases::plan::kustomization::strike) says.
/// - A branch that does not exist is begun without files of another; of an empty remote as well.
/// - No push that was sent before a `fence` reaches the branch after it.
/// - One caller at a time for a branch: others are kept apart by a lease, and by the tip that a push expects.
#[async_trait]
pub trait GitOpsRepository: Send + Sync + fmt::Debug {
    /// Keeps the files as a folder, for later changes by this process; the same files give the same folder. They are kept
    /// as they come: who wants a [kustomization](crate::releases::plan::kustomization::app_kustomization) adds it.
    ///
    /// # Errors
    /// The stream's error, as [`GitOpsError::Archive`]; no files at all; a full disk, which may also show at the push.
    async fn store(&self, files: BoxStream<'static, Result<ArchiveFile, ArchiveError>>) -> Result<Folder, GitOpsError>;

    /// Commits the changes to the branch and pushes; the answer has one item for each change.
    async fn push(&self, branch: Option<&BranchName>, changes: &[Change]) -> Result<Vec<Committed>, GitOpsError>;

    /// Moves the branch by a commit that changes no file. A push that is on its way, because the process that sent it died or
    /// its connection did, expects another tip from then on and is refused.
    async fn fence(&self, branch: Option<&BranchName>, fence: &Fence) -> Result<CommitId, GitOpsError>;

    /// The commits of the remote branch, not older than `since`, that carry the trailers of these deployments.
    async fn find(
        &self,
        branch: Option<&BranchName>,
        deployments: &BTreeSet<DeploymentId>,
        since: Timestamp,
    ) -> Result<BTreeMap<DeploymentId, CommitId>, GitOpsError>;

    /// Whether the remote answers: a live look, bounded by a few seconds.
    async fn ready(&self) -> Result<(), GitOpsError>;
}

/// A folder that [`GitOpsRepository::store`] keeps: the id of a git tree, lower-case hex.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder(pub String);

/// One deployment as a change of the tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The folder that holds one folder for each application, such as `environments/staging/apps`.
    pub parent: String,
    /// The application, which is the name of the folder that is replaced.
    pub app: AppName,
    /// What it is replaced with; `None` removes it.
    pub folder: Option<Folder>,
    /// The commit's message.
    pub message: CommitMessage,
    /// The commit's time.
    pub at: Timestamp,
}

/// A commit that changes no file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fence {
    /// Its message.
    pub message: CommitMessage,
    /// Its time.
    pub at: Timestamp,
}

/// What became of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Committed {
    /// The commit that is on the branch now.
    Commit(CommitId),
    /// The branch held exactly this already, at that tip.
    Unchanged(CommitId),
}

/// Why changes did not reach the remote branch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitOpsError {
    /// The remote refuses the push for its content: a hook, a protected branch; what it said.
    #[error("the remote refused the push: {0}")]
    Refused(String),
    /// Others pushed in between more often than was retried; fewer changes at once may be faster than they.
    #[error("the branch moved during each of {0} attempts")]
    Moved(u32),
    /// The remote does not accept the credentials, or its host key is not the known one; what git said.
    #[error("the git remote denies access: {0}")]
    Denied(String),
    /// The tree has a file where a folder is needed, or a list that cannot be edited.
    #[error("the gitops repository cannot take the change: {0}")]
    Tree(String),
    /// The files could not be read.
    #[error("the archive could not be read")]
    Archive(#[source] ArchiveError),
    /// The remote does not answer in time, or not as expected; what git said.
    #[error("the git remote is not reachable: {0}")]
    Unavailable(String),
    /// The push may be on the branch or not: its answer was lost, and the remote could not be asked afterwards; what git said.
    #[error("the git remote did not say whether it took the push: {0}")]
    Unanswered(String),
    /// The local clone cannot be written: disk full, no permission.
    #[error("the local clone cannot be written")]
    Clone(#[source] Box<dyn std::error::Error + Send + Sync>),
}
