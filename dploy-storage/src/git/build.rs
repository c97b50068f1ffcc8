//! Making commits: in a pack, on a tip that the clone has.

use std::mem;

use dploy_core::{
    releases::{
        plan::message::CommitMessage,
        ports::{Change, Committed, Fence, Folder, GitOpsError},
    },
    time::Timestamp,
};
use git2::{Oid, Repository, Signature};

use super::{
    pack::{Kind, Pack},
    push::{Stop, Work},
    remote::Tip,
    settings::Identity,
    tree::Trees,
};

/// After so many packs the clone is opened anew: of each that was read libgit2 keeps a file open.
const PACKS_MAX: usize = 100;

/// Commits that were made on a tip.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) answers: Vec<Committed>,
    /// The last of them; `None` when the tip holds everything.
    pub(super) last: Option<Oid>,
}

impl Work<'_> {
    /// One commit for each change that changes something, the first one on the tip.
    pub(super) fn build(&mut self, tip: &Tip, changes: &[Change]) -> Result<Built, Stop> {
        self.with_commit_of(tip)?;
        let identity = &self.remote.settings.identity;
        let mut registrars = mem::take(&mut self.kept.registrars);
        let built = self.written(|clone, pack| {
            let mut trees = Trees::new(clone, pack, &mut registrars);
            let parent = tip.commit.map(|commit| clone.find_commit(commit)).transpose()?;
            let mut parent = parent.map(|commit| (commit.id(), commit.tree_id()));
            let mut built = Built { answers: Vec::with_capacity(changes.len()), last: None };
            for change in changes {
                let answer = match (trees.changed(parent.map(|(_, tree)| tree), change)?, parent) {
                    (None, Some((tip, _))) => Committed::Unchanged(tip.to_string()),
                    (None, None) => return Err(GitOpsError::Tree("the branch has no commit".to_owned()).into()),
                    (Some(tree), _) => {
                        let text = commit(identity, parent.map(|(id, _)| id), tree, &change.message, change.at)?;
                        let commit = trees.commit(&text)?;
                        built.last = Some(commit);
                        parent = Some((commit, tree));
                        Committed::Commit(commit.to_string())
                    }
                };
                built.answers.push(answer);
            }
            trees.finish()?;
            Ok(built)
        })?;
        self.kept.registrars = registrars;
        Ok(built)
    }

    /// One commit with the tree of the tip.
    pub(super) fn build_fence(&mut self, tip: &Tip, fence: &Fence) -> Result<Built, Stop> {
        self.with_commit_of(tip)?;
        let identity = &self.remote.settings.identity;
        self.written(|clone, pack| {
            let tree = match tip.commit {
                Some(commit) => clone.find_commit(commit)?.tree_id(),
                None => pack.add(Kind::Tree, &[], None)?,
            };
            let text = commit(identity, tip.commit, tree, &fence.message, fence.at)?;
            let made = pack.add(Kind::Commit, text.as_bytes(), None)?;
            Ok(Built { answers: vec![Committed::Commit(made.to_string())], last: Some(made) })
        })
    }

    /// Builds in the pack and has the clone take it.
    fn written(&mut self, build: impl FnOnce(&Repository, &mut Pack) -> Result<Built, Stop>) -> Result<Built, Stop> {
        let built = self.packed(|work, pack| build(work.clone()?, pack))?;
        if built.last.is_some() {
            self.flush()?;
        }
        Ok(built)
    }

    /// The folder that is added to the pack, which is kept when the clone is made anew.
    pub(super) fn store(&mut self, add: impl FnOnce(&mut Pack) -> Result<Oid, Stop>) -> Result<Folder, GitOpsError> {
        let folder = self.packed(|_, pack| add(pack))?;
        self.kept.folders.insert(folder);
        if self.kept.pack.as_ref().is_some_and(Pack::is_large) {
            self.flush()?;
        }
        Ok(Folder(folder.to_string()))
    }

    /// Adds to the pack; what was added is forgotten where that fails.
    fn packed<T>(&mut self, add: impl FnOnce(&mut Self, &mut Pack) -> Result<T, Stop>) -> Result<T, Stop> {
        let mut pack = self.kept.pack.take().unwrap_or_else(|| self.place.pack());
        let mark = pack.mark();
        let added = add(self, &mut pack);
        let kept = if added.is_ok() { Ok(()) } else { pack.forget(mark) };
        match kept {
            Ok(()) => self.kept.pack = Some(pack),
            Err(error) => tracing::warn!(error = %error, "the folders that waited for a push are lost"),
        }
        added
    }

    /// Has the clone take what is in the pack. Where it cannot, that is dropped: it would take the place that the next
    /// attempt needs, which stores it anew.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        let Some(mut pack) = self.kept.pack.take() else { return Ok(()) };
        let clone = self.clone()?;
        pack.write(&clone.path().join("objects/pack"))?;
        clone.odb()?.refresh()?;
        self.kept.packs += 1;
        if self.kept.packs >= PACKS_MAX {
            (self.kept.clone, self.kept.packs) = (None, 0);
        }
        Ok(())
    }

    /// Makes sure that the clone has the commit that is to be built on.
    fn with_commit_of(&mut self, tip: &Tip) -> Result<(), Stop> {
        if let Some(commit) = tip.commit
            && self.clone()?.find_commit(commit).is_err()
        {
            self.remote.fetch(tip, self.remote.settings.first_timeout)?;
        }
        Ok(())
    }
}

/// The text of a commit.
fn commit(
    identity: &Identity,
    parent: Option<Oid>,
    tree: Oid,
    message: &CommitMessage,
    at: Timestamp,
) -> Result<String, git2::Error> {
    let by = Signature::now(&identity.name, &identity.email)?;
    let text = |bytes| String::from_utf8_lossy(bytes);
    let by = format!("{} <{}> {} +0000", text(by.name_bytes()), text(by.email_bytes()), at.unix_seconds());
    let parent = parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
    Ok(format!("tree {tree}\n{parent}author {by}\ncommitter {by}\n\n{}", message.text()))
}
