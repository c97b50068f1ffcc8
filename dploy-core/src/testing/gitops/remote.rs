use std::collections::BTreeMap;

use crate::{
    id,
    releases::{
        name::AppName,
        plan::kustomization::{NAMES, Registration, is_applied, register, strike},
        ports::{Change, CommitId, Committed, Fence, Folder, GitOpsError},
    },
    time::Timestamp,
};

type Files = BTreeMap<String, Vec<u8>>;

/// A commit of a repository in memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemoryCommit {
    /// Its id.
    pub id: CommitId,
    /// Its whole message.
    pub message: String,
    /// Its time.
    pub at: Timestamp,
    /// All files of its tree.
    pub files: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) refuse: Option<String>,
    pub(super) refuse_app: Option<AppName>,
    pub(super) unavailable: bool,
    pub(super) moved: u32,
    pub(super) lost_replies: u32,
    pub(super) vanishes: Option<Vanishes>,
    pub(super) held_up: bool,
}

/// When a remote goes away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vanishes {
    /// Before the next push reaches the branch.
    BeforePush,
    /// After it did.
    AfterPush,
}

/// One repository: its branches, oldest commit first, and the folders that were stored.
#[derive(Debug, Default)]
pub(super) struct Remote {
    branches: BTreeMap<String, Vec<MemoryCommit>>,
    folders: BTreeMap<String, Files>,
    pub(super) faults: Faults,
    pub(super) pushes: usize,
    /// A push on its way: its branch, and the log that it makes of it.
    under_way: Option<(String, Vec<MemoryCommit>)>,
}

impl Remote {
    pub(super) fn log(&self, branch: &str) -> &[MemoryCommit] {
        self.branches.get(branch).map_or(&[], Vec::as_slice)
    }

    pub(super) fn files(&self, branch: &str) -> Files {
        self.log(branch).last().map(|commit| commit.files.clone()).unwrap_or_default()
    }

    pub(super) fn keep(&mut self, folder: Files) -> Folder {
        let parts: Vec<&[u8]> = folder.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes]).collect();
        let id = id::digest(&parts, 40);
        self.folders.insert(id.clone(), folder);
        Folder(id)
    }

    pub(super) fn by_hand(&mut self, branch: &str, path: &str, bytes: Option<&[u8]>) -> CommitId {
        let mut files = self.files(branch);
        match bytes {
            Some(bytes) => files.insert(path.to_owned(), bytes.to_vec()),
            None => files.remove(path),
        };
        let log = self.branches.entry(branch.to_owned()).or_default();
        let at = log.last().map_or(Timestamp::from_unix_seconds(0), |commit| commit.at);
        commit(log, format!("By hand: {path}\n"), at, files)
    }

    pub(super) fn reachable(&self) -> Result<(), GitOpsError> {
        let gone = || GitOpsError::Unavailable("the repository is out of reach".to_owned());
        if self.faults.unavailable { Err(gone()) } else { Ok(()) }
    }

    pub(super) fn push(&mut self, branch: &str, changes: &[Change]) -> Result<Vec<Committed>, GitOpsError> {
        self.pushes += 1;
        self.reachable()?;
        if self.faults.moved > 0 {
            self.faults.moved -= 1;
            return Err(GitOpsError::Moved(1));
        }
        let mut log = self.log(branch).to_vec();
        let before = log.len();
        let done: Vec<Committed> = changes.iter().map(|change| self.add(&mut log, change)).collect::<Result<_, _>>()?;
        if log.len() == before {
            return Ok(done);
        }
        self.accepts(changes)?;
        if std::mem::take(&mut self.faults.held_up) {
            self.under_way = Some((branch.to_owned(), log));
            return Err(GitOpsError::Unavailable("no answer".to_owned()));
        }
        let vanishes = self.faults.vanishes.take();
        if vanishes != Some(Vanishes::BeforePush) {
            self.branches.insert(branch.to_owned(), log);
        }
        if vanishes.is_some() {
            self.faults.unavailable = true;
            return Err(GitOpsError::Unanswered("the connection was lost".to_owned()));
        }
        if self.faults.lost_replies > 0 {
            self.faults.lost_replies -= 1;
            return Err(GitOpsError::Unavailable("the connection was lost".to_owned()));
        }
        Ok(done)
    }

    pub(super) fn fence(&mut self, branch: &str, fence: &Fence) -> Result<CommitId, GitOpsError> {
        self.reachable()?;
        self.accepts(&[])?;
        let files = self.files(branch);
        Ok(commit(self.branches.entry(branch.to_owned()).or_default(), fence.message.text(), fence.at, files))
    }

    /// The push that is on its way comes to the branch, if its tip is the expected one.
    pub(super) fn arrive(&mut self) -> bool {
        let Some((branch, log)) = self.under_way.take() else { return false };
        let fits = log.starts_with(self.log(&branch));
        if fits {
            self.branches.insert(branch, log);
        }
        fits
    }

    fn accepts(&self, changes: &[Change]) -> Result<(), GitOpsError> {
        if let Some(reason) = &self.faults.refuse {
            return Err(GitOpsError::Refused(reason.clone()));
        }
        match changes.iter().find(|change| Some(&change.app) == self.faults.refuse_app.as_ref()) {
            Some(change) => Err(GitOpsError::Refused(format!("{} is not accepted", change.app))),
            None => Ok(()),
        }
    }

    fn add(&self, log: &mut Vec<MemoryCommit>, change: &Change) -> Result<Committed, GitOpsError> {
        let old = log.last().map(|commit| commit.files.clone()).unwrap_or_default();
        let new = self.changed(&old, change)?;
        Ok(match log.last() {
            Some(tip) if new == old => Committed::Unchanged(tip.id.clone()),
            _ => Committed::Commit(commit(log, change.message.text(), change.at, new)),
        })
    }

    /// The tree with the change in it.
    fn changed(&self, old: &Files, change: &Change) -> Result<Files, GitOpsError> {
        let Change { parent, app, folder, .. } = change;
        let Some(folder) = folder else { return without(old, parent, app) };
        let root = format!("{parent}/{app}");
        let folders = root.match_indices('/').filter_map(|(end, _)| root.get(..end)).chain([root.as_str()]);
        if let Some(file) = folders.into_iter().find(|folder| old.contains_key(*folder)) {
            return Err(GitOpsError::Tree(format!("{file} is a file where a folder is needed")));
        }
        let stored = self.folders.get(&folder.0);
        let stored = stored.ok_or_else(|| GitOpsError::Clone(format!("folder {} is not stored", folder.0).into()))?;
        let inside = format!("{root}/");
        let mut new: Files = old.clone();
        new.retain(|path, _| !path.starts_with(&inside));
        if new.len() == old.len() {
            list(&mut new, parent, app)?;
        }
        new.extend(stored.iter().map(|(path, bytes)| (format!("{inside}{path}"), bytes.clone())));
        Ok(new)
    }
}

/// The tree without an application's folder and its entry in the list.
fn without(old: &Files, parent: &str, app: &AppName) -> Result<Files, GitOpsError> {
    let (root, mut new) = (format!("{parent}/{app}"), old.clone());
    if old.contains_key(&root) {
        return Err(GitOpsError::Tree(format!("{root} is a file where a folder is needed")));
    }
    new.retain(|path, _| !path.strip_prefix(&root).is_some_and(|rest| rest.starts_with('/')));
    let list = NAMES.map(|name| format!("{parent}/{name}")).into_iter().find(|name| old.contains_key(name));
    let text = list.as_ref().and_then(|name| old.get(name)).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let struck = strike(text.as_deref(), app).map_err(|error| GitOpsError::Tree(error.to_string()))?;
    if let (Some(name), Registration::Write(text)) = (list, struck) {
        new.insert(name, text.into_bytes());
    }
    Ok(new)
}

/// Names a new application in the list beside it.
fn list(files: &mut Files, parent: &str, app: &AppName) -> Result<(), GitOpsError> {
    let names = NAMES.map(|name| format!("{parent}/{name}"));
    let known = names.iter().find(|name| files.contains_key(*name)).cloned();
    let inside = format!("{parent}/");
    let others = files.keys().filter_map(|path| path.strip_prefix(&inside)).any(|path| match path.split_once('/') {
        Some((folder, _)) => is_applied(folder, true),
        None => is_applied(path, false),
    });
    let text = known.as_ref().and_then(|name| files.get(name)).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let registration = register(text.as_deref(), others, app).map_err(|error| GitOpsError::Tree(error.to_string()))?;
    if let Registration::Write(text) = registration {
        let [first, ..] = names;
        files.insert(known.unwrap_or(first), text.into_bytes());
    }
    Ok(())
}

fn commit(log: &mut Vec<MemoryCommit>, message: String, at: Timestamp, files: Files) -> CommitId {
    let parent = log.last().map(|commit| commit.id.clone()).unwrap_or_default();
    let when = at.unix_micros().to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![parent.as_bytes(), message.as_bytes(), &when];
    parts.extend(files.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]));
    let id = id::digest(&parts, 40);
    log.push(MemoryCommit { id: id.clone(), message, at, files });
    id
}
