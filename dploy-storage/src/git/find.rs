//! Deployments in the log of a branch.

use std::collections::{BTreeMap, BTreeSet};

use dploy_core::{
    releases::{
        deployment::DeploymentId,
        name::BranchName,
        plan::message::CommitMessage,
        ports::{CommitId, GitOpsError},
    },
    time::Timestamp,
};
use git2::Sort;

use super::push::{Stop, Work};

/// Clocks may differ by so many seconds.
const SLACK: i64 = 300;
/// After so many older commits in a row the walk ends: somebody's clock may have been wrong.
const OLDER: usize = 64;

impl Work<'_> {
    /// The commits of the branch that carry out these deployments.
    pub(super) fn find(
        &mut self,
        branch: Option<&BranchName>,
        wanted: &BTreeSet<DeploymentId>,
        since: Timestamp,
    ) -> Result<BTreeMap<DeploymentId, CommitId>, GitOpsError> {
        self.mended(|work| match work.current(branch)?.commit {
            Some(tip) => work.walk(tip, wanted, since),
            None => Ok(BTreeMap::new()),
        })
    }

    fn walk(
        &mut self,
        tip: git2::Oid,
        wanted: &BTreeSet<DeploymentId>,
        since: Timestamp,
    ) -> Result<BTreeMap<DeploymentId, CommitId>, Stop> {
        let clone = self.clone()?;
        let mut found = BTreeMap::new();
        let mut log = clone.revwalk()?;
        log.set_sorting(Sort::TIME)?;
        log.push(tip)?;
        let oldest = since.unix_seconds().saturating_sub(SLACK);
        let mut older = 0;
        for id in log {
            let commit = clone.find_commit(id?)?;
            older = if commit.time().seconds() < oldest { older + 1 } else { 0 };
            if found.len() == wanted.len() || older > OLDER {
                break;
            }
            let message = String::from_utf8_lossy(commit.message_bytes());
            if let Some(deployment) = CommitMessage::deployment(&message).filter(|_| older == 0)
                && wanted.contains(deployment)
            {
                found.entry(deployment.to_owned()).or_insert_with(|| commit.id().to_string());
            }
        }
        Ok(found)
    }
}
