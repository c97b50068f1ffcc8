//! A remote, an adapter on it, and what tests do with both.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use dploy_core::{
    releases::{
        file::{ArchiveFile, FilePath},
        name::AppName,
        plan::message::{CommitMessage, DEPLOYMENT_TRAILER},
        ports::{Change, CommitId, Committed, Folder, GitOpsError, GitOpsRepository},
        target::RepositoryUrl,
    },
    testing::contract::{GitOpsWorld, RemoteCommit},
    time::Timestamp,
};
use dploy_servers::GitRepository as Remote;
use dploy_storage::git::{GitRepositories, GitRepository, GitSettings};
use futures::{StreamExt, stream};
use tempfile::TempDir;

pub(crate) const APPS: &str = "environments/staging/apps";

pub(crate) struct World {
    pub(crate) remote: Remote,
    _data: TempDir,
    pub(crate) settings: GitSettings,
    pub(crate) repository: GitRepository,
}

impl World {
    /// A remote by file that has no commit.
    pub(crate) fn empty() -> Option<Self> {
        let remote = dploy_servers::required(Remote::empty()).unwrap()?;
        Some(Self::on(remote, |_| {}))
    }

    /// A remote by file with a first commit.
    pub(crate) fn start() -> Option<Self> {
        let remote = dploy_servers::required(Remote::start()).unwrap()?;
        Some(Self::on(remote, |_| {}))
    }

    pub(crate) fn on(remote: Remote, adjust: impl FnOnce(&mut GitSettings)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut settings = GitSettings::new(RepositoryUrl::parse(&remote.url()).unwrap(), data.path().join("clones"));
        adjust(&mut settings);
        let repository = GitRepositories::new(settings.clone()).unwrap().repository(None);
        Self { remote, _data: data, settings, repository }
    }

    /// Another adapter on the same data, as a process that starts anew has it.
    pub(crate) fn restarted(&self) -> GitRepository {
        GitRepositories::new(self.settings.clone()).unwrap().repository(None)
    }

    /// The one clone.
    pub(crate) fn clone_path(&self) -> PathBuf {
        let mut entries = std::fs::read_dir(&self.settings.folder).unwrap().map(|entry| entry.unwrap().path());
        entries.find(|path| path.extension().is_some_and(|end| end == "git")).expect("a clone")
    }

    pub(crate) async fn deploy(&self, app: &str, text: &str, deployment: &str) -> Result<Committed, GitOpsError> {
        deploy(&self.repository, app, &[("a.yaml", text)], deployment).await
    }

    pub(crate) fn text(&self, path: &str) -> Option<String> {
        let bytes = self.remote.tip("main").unwrap().and_then(|tip| self.remote.file(&tip, path).unwrap());
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    pub(crate) fn below(&self, folder: &str) -> Vec<String> {
        let inside = format!("{folder}/");
        self.remote
            .tree("main")
            .unwrap()
            .iter()
            .filter_map(|path| Some(path.strip_prefix(&inside)?.to_owned()))
            .collect()
    }
}

pub(crate) async fn deploy(
    repository: &GitRepository,
    app: &str,
    files: &[(&str, &str)],
    deployment: &str,
) -> Result<Committed, GitOpsError> {
    let change = change(app, store(repository, files).await?, deployment);
    Ok(repository.push(None, &[change]).await?.remove(0))
}

pub(crate) async fn store(repository: &GitRepository, files: &[(&str, &str)]) -> Result<Folder, GitOpsError> {
    let file = |(path, text): &(&str, &str)| {
        Ok(ArchiveFile { path: FilePath::parse(path).unwrap(), bytes: text.as_bytes().to_vec() })
    };
    repository.store(stream::iter(files.iter().map(file).collect::<Vec<_>>()).boxed()).await
}

pub(crate) fn change(app: &str, folder: Folder, deployment: &str) -> Change {
    let trailers = vec![
        (DEPLOYMENT_TRAILER.to_owned(), deployment.to_owned()),
        ("Dploy-Source-Sha".to_owned(), "42540c4".to_owned()),
    ];
    let message = CommitMessage { title: format!("Deploy {app} version 1 to staging"), trailers };
    let at = Timestamp::from_unix_seconds(1_790_000_000);
    Change { parent: APPS.to_owned(), app: AppName::parse(app).unwrap(), folder: Some(folder), message, at }
}

#[async_trait]
impl GitOpsWorld for World {
    fn repository(&self) -> Arc<dyn GitOpsRepository> {
        Arc::new(self.repository.clone())
    }

    fn default_branch(&self) -> String {
        "main".to_owned()
    }

    async fn files(&self, branch: &str) -> BTreeMap<String, Vec<u8>> {
        let paths = self.remote.tree(branch).unwrap();
        let tip = self.remote.tip(branch).unwrap().unwrap_or_default();
        paths.into_iter().map(|path| (path.clone(), self.remote.file(&tip, &path).unwrap().unwrap())).collect()
    }

    async fn log(&self, branch: &str) -> Vec<RemoteCommit> {
        let commits = self.remote.log(branch).unwrap().into_iter();
        let read = commits.map(|commit| RemoteCommit {
            changed: self.remote.changes(&commit.id).unwrap(),
            message: format!("{}\n", commit.message.trim_end()),
            id: commit.id,
        });
        read.collect()
    }

    async fn commit(&self, path: &str, text: &str) -> CommitId {
        self.remote.commit_by_hand(path, text).unwrap()
    }

    async fn refuse(&self, reason: Option<&str>) {
        match reason {
            Some(reason) => self.remote.refuse_pushes(reason).unwrap(),
            None => self.remote.remove_hooks().unwrap(),
        }
    }
}

/// The processes whose arguments hold a text.
pub(crate) fn processes_with(text: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path().join("cmdline")));
    let lines = entries.filter_map(|path| Some(String::from_utf8_lossy(&std::fs::read(path).ok()?).replace('\0', " ")));
    lines.filter(|line| line.contains(text)).collect()
}
