use std::collections::{BTreeMap, BTreeSet};

use crate::releases::{
    deployment::{Deployment, DeploymentId, DeploymentState},
    name::BranchName,
    plan::outcome::{Failure, after, in_doubt, not_there},
    ports::{CommitId, Finish, GitOpsError, RecordError},
};

use super::{Deployer, pass::Pass};

/// Seconds by which the clocks of this machine and of whoever dated a commit may differ.
const SKEW_SECONDS: i64 = 600;

impl Deployer {
    /// Brings every interrupted deployment to its end if its commit is on the branch, and back into the queue if not; it stays
    /// where it is if nobody can tell. How many.
    pub(super) async fn heal(&self, pass: &Pass<'_>, interrupted: Vec<Deployment>) -> Result<usize, RecordError> {
        let count = interrupted.len();
        for (branch, begun) in by_branch(pass, interrupted) {
            self.renew(pass.lease).await?;
            let looked = commits_of(pass, branch.as_ref(), &begun.iter().collect::<Vec<_>>()).await;
            let transitions: Vec<Finish> = match looked {
                Ok(mut commits) => begun
                    .iter()
                    .map(|deployment| match commits.remove(&deployment.id) {
                        Some(commit) => self.transition(deployment, DeploymentState::Succeeded, Some(commit)),
                        None => not_there(deployment, self.now()),
                    })
                    .collect(),
                Err(error) => {
                    let failure = Failure::GitOps(error);
                    tracing::warn!(deployments = begun.len(), error = failure.reason(), "nobody knows what was pushed");
                    begun.iter().map(|deployment| in_doubt(deployment, &failure, self.now())).collect()
                }
            };
            self.finish(&transitions, pass.lease).await?;
        }
        Ok(count)
    }

    /// Finishes those whose commits are on their branches after all, and gives up or puts off those that cannot be looked for;
    /// the ids of both.
    pub(super) async fn settled(
        &self,
        pass: &Pass<'_>,
        begun: Vec<Deployment>,
    ) -> Result<BTreeSet<DeploymentId>, RecordError> {
        let mut settled = BTreeSet::new();
        for (branch, begun) in by_branch(pass, begun) {
            self.renew(pass.lease).await?;
            let begun: Vec<&Deployment> = begun.iter().collect();
            let transitions: Vec<Finish> = match commits_of(pass, branch.as_ref(), &begun).await {
                Ok(commits) => begun
                    .iter()
                    .filter_map(|deployment| {
                        let commit = commits.get(&deployment.id)?;
                        Some(self.transition(deployment, DeploymentState::Succeeded, Some(commit.clone())))
                    })
                    .collect(),
                Err(error) => {
                    let failure = Failure::GitOps(error);
                    begun.iter().map(|deployment| after(deployment, &failure, self.now())).collect()
                }
            };
            self.finish(&transitions, pass.lease).await?;
            settled.extend(transitions.into_iter().map(|transition| transition.id));
        }
        Ok(settled)
    }

    /// Supersedes deployments that were begun before, unless a push that outlived its process brought their commits to the
    /// branch after all. It comes after the pushes of a pass: on a branch that they moved, no such push arrives any more.
    pub(super) async fn supersede(
        &self,
        pass: &Pass<'_>,
        unfinished: &[Deployment],
        superseded: Vec<Finish>,
    ) -> Result<usize, RecordError> {
        let count = superseded.len();
        let begun = unfinished.iter().filter(|one| superseded.iter().any(|finish| finish.id == one.id));
        let settled = self.settled(pass, begun.cloned().collect()).await?;
        let rest: Vec<_> = superseded.into_iter().filter(|finish| !settled.contains(&finish.id)).collect();
        self.finish(&rest, pass.lease).await?;
        Ok(count)
    }

    pub(super) fn transition(&self, deployment: &Deployment, state: DeploymentState, commit: Option<String>) -> Finish {
        Finish { id: deployment.id.clone(), state, reason: None, commit, not_before: None, at: self.now() }
    }

    pub(super) async fn fail(
        &self,
        pass: &Pass<'_>,
        deployment: &Deployment,
        failure: &Failure,
    ) -> Result<(), RecordError> {
        let transition = after(deployment, failure, self.now());
        tracing::warn!(
            deployment.id,
            deployment.state = transition.state.as_str(),
            deployment.attempts,
            error = failure.reason(),
            "deployment not carried out"
        );
        self.finish(&[transition], pass.lease).await
    }
}

/// The commits of these deployments that are on the branch.
pub(super) async fn commits_of(
    pass: &Pass<'_>,
    branch: Option<&BranchName>,
    deployments: &[&Deployment],
) -> Result<BTreeMap<DeploymentId, CommitId>, GitOpsError> {
    let ids = deployments.iter().map(|deployment| deployment.id.clone()).collect();
    let since = deployments.iter().map(|deployment| deployment.queued_at).min();
    match since {
        Some(since) => pass.repository.find(branch, &ids, since.plus_seconds(-SKEW_SECONDS)).await,
        None => Ok(BTreeMap::new()),
    }
}

/// Deployments by the branches of their targets; those of targets that are gone are with the repository's own branch.
fn by_branch(pass: &Pass<'_>, deployments: Vec<Deployment>) -> BTreeMap<Option<BranchName>, Vec<Deployment>> {
    let mut groups: BTreeMap<_, Vec<Deployment>> = BTreeMap::new();
    for deployment in deployments {
        let branch = pass.targets.get(&deployment.target).and_then(|target| target.branch.clone());
        groups.entry(branch).or_default().push(deployment);
    }
    groups
}
