//! Committing: on the remote's tip as it is, and again on the new one when it moved.

use std::{
    io, mem, thread,
    time::{Duration, Instant},
};

use dploy_core::{
    releases::{
        name::BranchName,
        plan::message::CommitMessage,
        ports::{Change, CommitId, Committed, Fence, GitOpsError},
    },
    time::Timestamp,
};
use git2::{Oid, Repository, Signature};

use super::{
    answer::{Failure, Pushed},
    clone::Place,
    pack::{Kind, Pack},
    remote::{Remote, Tip},
    settings::{GitSettings, Identity},
    tree::{Problem, Registrars, Trees},
};

/// How often a push is tried when others are faster.
const ATTEMPTS: u32 = 20;
/// How often a push of many is: who made them tries again with fewer, which takes less time.
const ATTEMPTS_OF_MANY: u32 = 4;
/// For how long.
const WINDOW: Duration = Duration::from_secs(25);
/// So often a remote may speak of a race that moved nothing.
const STANDSTILLS: u32 = 5;

/// One repository while it is worked on.
pub(super) struct Work<'a> {
    pub(super) remote: Remote<'a>,
    pub(super) place: &'a Place,
    pub(super) kept: Kept,
}

/// What is kept of a repository between two calls. It can be lost at any time.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) clone: Option<Repository>,
    /// The lists of applications as they were left.
    pub(super) registrars: Registrars,
    /// Folders that no push has needed yet.
    pub(super) pack: Option<Pack>,
}

/// Commits that were made on a tip.
#[derive(Debug)]
struct Built {
    answers: Vec<Committed>,
    /// The last of them; `None` when the tip holds everything.
    last: Option<Oid>,
}

impl Work<'_> {
    /// Commits the changes and pushes them.
    pub(super) fn push(
        &mut self,
        branch: Option<&BranchName>,
        changes: &[Change],
    ) -> Result<Vec<Committed>, GitOpsError> {
        let folders = changes.iter().filter_map(|change| change.folder.as_ref());
        let folders: Vec<Oid> = folders.filter_map(|folder| Oid::from_str(&folder.0).ok()).collect();
        let attempts = if changes.len() > 1 { ATTEMPTS_OF_MANY } else { ATTEMPTS };
        self.carry(branch, &folders, attempts, |work, tip| work.build(tip, changes))
    }

    /// Commits what changes nothing and pushes it.
    pub(super) fn fence(&mut self, branch: Option<&BranchName>, fence: &Fence) -> Result<CommitId, GitOpsError> {
        let made = self.carry(branch, &[], ATTEMPTS, |work, tip| work.build_fence(tip, fence))?;
        match made.into_iter().next() {
            Some(Committed::Commit(commit) | Committed::Unchanged(commit)) => Ok(commit),
            None => Err(GitOpsError::Tree("no commit was made".to_owned())),
        }
    }

    /// Pushes what `build` makes on the branch's tip, and on the new one when others were faster; `folders` are kept for it
    /// when the clone is made anew.
    fn carry(
        &mut self,
        branch: Option<&BranchName>,
        folders: &[Oid],
        attempts: u32,
        build: impl Fn(&mut Self, &Tip) -> Result<Built, Stop>,
    ) -> Result<Vec<Committed>, GitOpsError> {
        let started = Instant::now();
        let mut tip = self.mended(folders, |work| work.current(branch))?;
        let mut sent: Vec<Built> = Vec::new();
        let (mut standstills, mut renewed) = (0, false);
        for attempt in 1..=attempts {
            if let Some(landed) = self.landed(&tip, &mut sent)? {
                return Ok(landed);
            }
            let built = self.mended(folders, |work| build(work, &tip))?;
            let Some(last) = built.last else { return Ok(built.answers) };
            let committed = started.elapsed();
            let pushed = self.remote.push(&tip, last, built.answers.len()).unwrap_or_else(Pushed::Unknown);
            tracing::debug!(
                git.changes = built.answers.len(),
                git.attempt = attempt,
                git.commit_us = committed.as_micros() as u64,
                git.push_us = started.elapsed().as_micros() as u64,
                "pushed"
            );
            let moved = match pushed {
                Pushed::Accepted => return self.accepted(&tip, built),
                Pushed::Refused(text) => return Err(GitOpsError::Refused(text)),
                Pushed::Unknown(Failure::Corrupt(text)) if !renewed => {
                    self.renew(&text, folders)?;
                    renewed = true;
                    text
                }
                Pushed::Unknown(failure) => return self.settle(&tip, built, failure),
                Pushed::Raced(text) => text,
            };
            sent.push(built);
            let before = tip.commit;
            thread::sleep(Duration::from_millis(rand::random_range(0..=u64::from(attempt) * 5)));
            tip = self.mended(folders, |work| work.fetched(tip.clone()))?;
            standstills += u32::from(tip.commit == before);
            if standstills >= STANDSTILLS {
                return Err(GitOpsError::Refused(moved));
            }
            if started.elapsed() > WINDOW {
                return Err(GitOpsError::Moved(attempt));
            }
        }
        Err(GitOpsError::Moved(attempts))
    }

    /// Does something on the clone; when the clone proves damaged, once more on a new one.
    pub(super) fn mended<T>(
        &mut self,
        folders: &[Oid],
        mut act: impl FnMut(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, GitOpsError> {
        let text = match act(self) {
            Ok(done) => return Ok(done),
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Corrupt(text)) => text,
        };
        self.renew(&text, folders)?;
        // The branch is in the new clone before anything is built there.
        act(self).map_err(|stop| match stop {
            Stop::Error(error) => error,
            Stop::Corrupt(text) => GitOpsError::Clone(text.into()),
        })
    }

    /// Puts a new clone in the place of one that is damaged.
    fn renew(&mut self, problem: &str, folders: &[Oid]) -> Result<(), GitOpsError> {
        tracing::warn!(git.clone = %self.place.path().display(), git.error = problem, "a damaged clone is made anew");
        let old = self.kept.clone.take();
        self.kept.clone = Some(self.place.renew(old, folders)?);
        Ok(())
    }

    /// The branch as the remote has it, with its commits in the clone.
    pub(super) fn current(&mut self, branch: Option<&BranchName>) -> Result<Tip, Stop> {
        // Commands run in the clone, which may be lost: another machine, or a folder that was cleared.
        self.clone()?;
        let tip = self.remote.tip(branch)?;
        let Some(commit) = tip.commit else { return Ok(tip) };
        let here = self.clone()?.find_reference(&tip.tracking()).ok().and_then(|reference| reference.target());
        if here == Some(commit) {
            return Ok(tip);
        }
        self.fetched(tip)
    }

    /// The branch after a fetch.
    fn fetched(&mut self, tip: Tip) -> Result<Tip, Stop> {
        let GitSettings { timeout, first_timeout, .. } = self.remote.settings;
        let known = self.clone()?.find_reference(&tip.tracking()).is_ok();
        let timeout = if known { *timeout } else { *first_timeout };
        let commit = match self.remote.fetch(&tip, timeout) {
            Err(Failure::NoBranch) => return Ok(Tip { commit: None, ..tip }),
            Err(Failure::Error(error)) => {
                self.place.tidy();
                return Err(Stop::Error(error));
            }
            other => other?,
        };
        self.clone()?.reference(&tip.tracking(), commit, true, "fetch")?;
        Ok(Tip { commit: Some(commit), ..tip })
    }

    /// One commit for each change that changes something, the first one on the tip.
    fn build(&mut self, tip: &Tip, changes: &[Change]) -> Result<Built, Stop> {
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
    fn build_fence(&mut self, tip: &Tip, fence: &Fence) -> Result<Built, Stop> {
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
        let built = self.packed(|work, pack| {
            let built = build(work.clone()?, pack)?;
            if built.last.is_some() {
                pack.write(&work.place.path().join("objects/pack"))?;
            }
            Ok(built)
        })?;
        if built.last.is_some() {
            self.kept.pack = None;
            self.clone()?.odb()?.refresh()?;
        }
        Ok(built)
    }

    /// Adds to the pack; what was added is forgotten where that fails.
    pub(super) fn packed<T>(&mut self, add: impl FnOnce(&mut Self, &mut Pack) -> Result<T, Stop>) -> Result<T, Stop> {
        let mut pack = self.kept.pack.take().unwrap_or_else(|| self.place.pack());
        let mark = pack.mark();
        let added = add(self, &mut pack);
        if added.is_ok() || pack.forget(mark).is_ok() {
            self.kept.pack = Some(pack);
        }
        added
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

    /// Keeps the tip that the remote has confirmed.
    fn accepted(&mut self, tip: &Tip, built: Built) -> Result<Vec<Committed>, GitOpsError> {
        let tracked = self.clone().and_then(|clone| {
            let last = built.last.unwrap_or(Oid::ZERO_SHA1);
            Ok(clone.reference(&tip.tracking(), last, true, "push").map(drop)?)
        });
        if let Err(stop) = tracked {
            // The next call fetches it.
            tracing::warn!(git.error = ?stop, "the clone could not note a push");
        }
        Ok(built.answers)
    }

    /// A push without an answer: whether the branch holds it is asked of the remote.
    fn settle(&mut self, tip: &Tip, built: Built, failure: Failure) -> Result<Vec<Committed>, GitOpsError> {
        let failed = GitOpsError::from(Stop::from(failure));
        let Ok(looked) = self.fetched(tip.clone()) else { return Err(GitOpsError::Unanswered(failed.to_string())) };
        match self.landed(&looked, &mut vec![built])? {
            Some(answers) => Ok(answers),
            None => Err(failed),
        }
    }

    /// The answers of an earlier attempt, if its commits are on the branch after all.
    fn landed(&mut self, tip: &Tip, sent: &mut Vec<Built>) -> Result<Option<Vec<Committed>>, GitOpsError> {
        let Some(commit) = tip.commit else { return Ok(None) };
        let clone = self.clone().map_err(GitOpsError::from)?;
        let on_branch = |built: &Built| {
            built.last.is_some_and(|last| last == commit || clone.graph_descendant_of(commit, last).unwrap_or(false))
        };
        Ok(sent.iter().position(on_branch).map(|at| sent.swap_remove(at).answers))
    }

    pub(super) fn clone(&mut self) -> Result<&Repository, Stop> {
        if self.kept.clone.is_none() {
            self.place.tidy();
            self.kept.clone = Some(self.place.open()?);
        }
        self.kept.clone.as_ref().ok_or_else(|| Stop::Corrupt("no clone".to_owned()))
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

/// Why work stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The clone is damaged.
    Corrupt(String),
    /// What the caller is told.
    Error(GitOpsError),
}

impl From<GitOpsError> for Stop {
    fn from(error: GitOpsError) -> Self {
        Self::Error(error)
    }
}

impl From<git2::Error> for Stop {
    fn from(error: git2::Error) -> Self {
        Self::from(Problem::from(error))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::from(Problem::from(error))
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Corrupt(error) => Self::Corrupt(error.to_string()),
            Problem::Error(error) => Self::Error(error),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NoBranch => Self::Error(GitOpsError::Unavailable("the branch is gone".to_owned())),
            Failure::Corrupt(text) => Self::Corrupt(text),
            Failure::Error(error) => Self::Error(error),
        }
    }
}

impl From<Stop> for GitOpsError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Error(error) => error,
            Stop::Corrupt(text) => Self::Clone(text.into()),
        }
    }
}
