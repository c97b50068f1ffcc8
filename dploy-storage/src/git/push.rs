//! Committing: on the remote's tip as it is, and again on the new one when it moved.

use std::{
    collections::BTreeSet,
    io, thread,
    time::{Duration, Instant},
};

use dploy_core::{
    error::chain,
    releases::{
        name::BranchName,
        ports::{Change, CommitId, Committed, Fence, GitOpsError},
    },
};
use git2::{Oid, Repository};

use super::{
    answer::{Failure, Pushed},
    build::Built,
    clone::Place,
    pack::Pack,
    remote::{Remote, Tip},
    settings::GitSettings,
    tree::{Problem, Registrars},
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

/// What is kept of a repository between two calls. Where it is lost, folders have to be stored again.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) clone: Option<Repository>,
    /// The lists of applications as they were left.
    pub(super) registrars: Registrars,
    /// How many packs the clone took since it was opened.
    pub(super) packs: usize,
    /// What was stored since it took the last one.
    pub(super) pack: Option<Pack>,
    /// The folders that were stored since the repository was at rest: a new clone has them as well.
    pub(super) folders: BTreeSet<Oid>,
}

impl Work<'_> {
    /// Commits the changes and pushes them.
    pub(super) fn push(
        &mut self,
        branch: Option<&BranchName>,
        changes: &[Change],
    ) -> Result<Vec<Committed>, GitOpsError> {
        let attempts = if changes.len() > 1 { ATTEMPTS_OF_MANY } else { ATTEMPTS };
        self.carry(branch, attempts, |work, tip| work.build(tip, changes))
    }

    /// Commits what changes nothing and pushes it.
    pub(super) fn fence(&mut self, branch: Option<&BranchName>, fence: &Fence) -> Result<CommitId, GitOpsError> {
        let made = self.carry(branch, ATTEMPTS, |work, tip| work.build_fence(tip, fence))?;
        match made.into_iter().next() {
            Some(Committed::Commit(commit) | Committed::Unchanged(commit)) => Ok(commit),
            None => Err(GitOpsError::Tree("no commit was made".to_owned())),
        }
    }

    /// Pushes what `build` makes on the branch's tip, and on the new one when others were faster.
    fn carry(
        &mut self,
        branch: Option<&BranchName>,
        attempts: u32,
        build: impl Fn(&mut Self, &Tip) -> Result<Built, Stop>,
    ) -> Result<Vec<Committed>, GitOpsError> {
        let mut started = Instant::now();
        let mut tip = self.mended(|work| work.current(branch))?;
        let mut sent: Vec<Built> = Vec::new();
        let (mut standstills, mut renewed) = (0, false);
        for attempt in 1..=attempts {
            if let Some(landed) = self.landed(&tip, &mut sent)? {
                return Ok(landed);
            }
            let built = self.mended(|work| build(work, &tip))?;
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
                    renewed = true;
                    tip = self.looked_at_anew(&text, &tip)?;
                    sent.push(built);
                    // A whole clone may have taken longer than all attempts may.
                    started = Instant::now();
                    continue;
                }
                Pushed::Unknown(failure) => return self.settle(&tip, built, failure),
                Pushed::Raced(text) => text,
            };
            sent.push(built);
            let before = tip.commit;
            thread::sleep(Duration::from_millis(rand::random_range(0..=u64::from(attempt) * 5)));
            tip = self.mended(|work| work.fetched(tip.clone()))?;
            standstills += u32::from(tip.commit == before);
            if standstills >= STANDSTILLS {
                return Err(GitOpsError::Refused(moved));
            }
            if started.elapsed() > WINDOW {
                break;
            }
        }
        let tried = u32::try_from(sent.len()).unwrap_or(attempts);
        self.landed(&tip, &mut sent)?.ok_or(GitOpsError::Moved(tried))
    }

    /// The branch as a new clone has it, after a push from a damaged one of which nobody knows whether it arrived.
    fn looked_at_anew(&mut self, problem: &str, tip: &Tip) -> Result<Tip, GitOpsError> {
        let looked = self.renew(problem).and_then(|()| self.mended(|work| work.fetched(tip.clone())));
        looked.map_err(|error| GitOpsError::Unanswered(chain(&error)))
    }

    /// Does something on the clone; when the clone proves damaged, once more on a new one.
    pub(super) fn mended<T>(&mut self, mut act: impl FnMut(&mut Self) -> Result<T, Stop>) -> Result<T, GitOpsError> {
        let text = match act(self) {
            Ok(done) => return Ok(done),
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Corrupt(text)) => text,
        };
        self.renew(&text)?;
        // The branch is in the new clone before anything is built there.
        act(self).map_err(|stop| match stop {
            Stop::Error(error) => error,
            Stop::Corrupt(text) => GitOpsError::Clone(text.into()),
        })
    }

    /// Puts a new clone in the place of one that is damaged.
    fn renew(&mut self, problem: &str) -> Result<(), GitOpsError> {
        tracing::warn!(git.clone = %self.place.path().display(), git.error = problem, "a damaged clone is made anew");
        let old = self.kept.clone.take();
        self.kept.clone = Some(self.place.renew(old, &self.kept.folders)?);
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
