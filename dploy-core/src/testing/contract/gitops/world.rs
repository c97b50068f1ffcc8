use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use futures::{StreamExt, stream};

use crate::{
    releases::{
        file::{ArchiveFile, FilePath},
        name::AppName,
        plan::message::{CommitMessage, DEPLOYMENT_TRAILER},
        ports::{Change, CommitId, Committed, Folder, GitOpsError, GitOpsRepository},
    },
    time::Timestamp,
};

/// A commit of the remote, as its people see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteCommit {
    /// Its id.
    pub id: CommitId,
    /// Its whole message.
    pub message: String,
    /// The paths of the files that it adds, changes or removes, in order.
    pub changed: Vec<String>,
}

/// A remote repository that the suite can look at and commit to, and an adapter that works on it.
#[async_trait]
pub trait GitOpsWorld: Send + Sync {
    /// The adapter under test.
    fn repository(&self) -> Arc<dyn GitOpsRepository>;

    /// The branch that it works on where none is named.
    fn default_branch(&self) -> String;

    /// The files at the remote's tip of a branch; nothing where there is none.
    async fn files(&self, branch: &str) -> BTreeMap<String, Vec<u8>>;

    /// The remote's commits of a branch, newest first.
    async fn log(&self, branch: &str) -> Vec<RemoteCommit>;

    /// Commits to that branch of the remote as a person does: writes a file.
    async fn commit(&self, path: &str, text: &str) -> CommitId;

    /// Has the remote refuse every push with that text; `None` ends it.
    async fn refuse(&self, reason: Option<&str>);
}

/// The folder of applications that most clauses use.
pub(super) const APPS: &str = "environments/contract/apps";

/// When the suite's commits are made.
pub(super) fn noon() -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000)
}

pub(super) async fn store(world: &dyn GitOpsWorld, files: &[(&str, &str)]) -> Result<Folder, GitOpsError> {
    let files: Vec<_> = files.iter().map(|(path, text)| Ok(file(path, text))).collect();
    world.repository().store(stream::iter(files).boxed()).await
}

pub(super) fn file(path: &str, text: &str) -> ArchiveFile {
    ArchiveFile {
        path: FilePath::parse(path).unwrap_or_else(|error| unreachable!("{error}")),
        bytes: text.as_bytes().to_vec(),
    }
}

pub(super) fn change(parent: &str, app: &str, folder: impl Into<Option<Folder>>, deployment: &str) -> Change {
    Change {
        parent: parent.to_owned(),
        app: AppName::parse(app).unwrap_or_else(|error| unreachable!("{error}")),
        folder: folder.into(),
        message: message(&format!("Deploy {app}"), deployment),
        at: noon(),
    }
}

pub(super) fn message(title: &str, deployment: &str) -> CommitMessage {
    CommitMessage { title: title.to_owned(), trailers: vec![(DEPLOYMENT_TRAILER.to_owned(), deployment.to_owned())] }
}

/// Removes an application from a folder of the default branch.
pub(super) async fn remove(
    world: &dyn GitOpsWorld,
    parent: &str,
    app: &str,
    deployment: &str,
) -> Result<Committed, GitOpsError> {
    let mut done = world.repository().push(None, &[change(parent, app, None::<Folder>, deployment)]).await?;
    assert_eq!(done.len(), 1, "the answer has one item for each change");
    Ok(done.remove(0))
}

/// Pushes one application to the default branch.
pub(super) async fn push(
    world: &dyn GitOpsWorld,
    app: &str,
    files: &[(&str, &str)],
    deployment: &str,
) -> Result<Committed, GitOpsError> {
    push_to(world, APPS, app, files, deployment).await
}

pub(super) async fn push_to(
    world: &dyn GitOpsWorld,
    parent: &str,
    app: &str,
    files: &[(&str, &str)],
    deployment: &str,
) -> Result<Committed, GitOpsError> {
    let change = change(parent, app, store(world, files).await?, deployment);
    let mut done = world.repository().push(None, &[change]).await?;
    assert_eq!(done.len(), 1, "the answer has one item for each change");
    Ok(done.remove(0))
}

/// The files of the default branch below a folder, as texts.
pub(super) async fn below(world: &dyn GitOpsWorld, folder: &str) -> BTreeMap<String, String> {
    let files = world.files(&world.default_branch()).await;
    let inside = format!("{folder}/");
    let texts = files.into_iter().filter_map(|(path, bytes)| {
        Some((path.strip_prefix(&inside)?.to_owned(), String::from_utf8_lossy(&bytes).into_owned()))
    });
    texts.collect()
}

pub(super) async fn newest(world: &dyn GitOpsWorld) -> Option<RemoteCommit> {
    world.log(&world.default_branch()).await.into_iter().next()
}

pub(super) async fn commits(world: &dyn GitOpsWorld) -> usize {
    world.log(&world.default_branch()).await.len()
}

/// The id of a commit that has to have been made.
pub(super) fn made(committed: Committed) -> CommitId {
    match committed {
        Committed::Commit(id) => id,
        Committed::Unchanged(tip) => unreachable!("a change makes a commit, {tip} holds it already"),
    }
}

pub(super) fn texts(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}
