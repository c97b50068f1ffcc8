use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::chain,
    releases::{
        deployment::{Deployment, DeploymentId, DeploymentState},
        name::BranchName,
        plan::{
            message::CommitMessage,
            outcome::{Failure, after, in_doubt, not_there},
        },
        ports::{CommitId, Fence, Finish, GitOpsError, RecordError},
    },
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
                Ok(commits) => {
                    let now = self.now();
                    let known = begun.iter().map(|one| self.unless_there(not_there(one, now), &commits)).collect();
                    self.given_up(pass, &begun.iter().collect::<Vec<_>>(), known).await?
                }
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
                        Some(self.transition(&deployment.id, DeploymentState::Succeeded, commit.clone()))
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

    /// Supersedes deployments that were begun before, unless their commits are on the branch after all. It comes before the
    /// pushes of a pass: what takes their place may have nothing to change, and a push that outlived its process would then
    /// find the branch as it expects it. Those of which nobody can tell for now stay in doubt; these
    /// are returned. Where the repository refuses for good they fail.
    pub(super) async fn supersede(
        &self,
        pass: &Pass<'_>,
        unfinished: &[Deployment],
        superseded: &[Finish],
    ) -> Result<Vec<Deployment>, RecordError> {
        let begun = unfinished.iter().filter(|one| superseded.iter().any(|finish| finish.id == one.id));
        let mut undecided = Vec::new();
        for (branch, begun) in by_branch(pass, begun.cloned().collect()) {
            let transitions: Vec<Finish> = match self.fenced(pass, branch.as_ref(), &begun).await? {
                Ok(commits) => {
                    let ours = superseded.iter().filter(|finish| begun.iter().any(|one| one.id == finish.id));
                    ours.map(|finish| self.unless_there(finish.clone(), &commits)).collect()
                }
                Err(error) => {
                    let (failure, now) = (Failure::GitOps(error), self.now());
                    tracing::warn!(
                        deployments = begun.len(),
                        error = failure.reason(),
                        "an earlier push may still arrive"
                    );
                    let decide = if failure.is_transient() { in_doubt } else { after };
                    begun.iter().map(|deployment| decide(deployment, &failure, now)).collect()
                }
            };
            let open = transitions.iter().filter(|transition| !transition.state.is_final());
            undecided.extend(open.filter_map(|transition| {
                let deployment = begun.iter().find(|one| one.id == transition.id)?.clone();
                Some(Deployment { not_before: transition.not_before, ..deployment })
            }));
            self.finish(&transitions, pass.lease).await?;
        }
        Ok(undecided)
    }

    /// The commits of these deployments that are on the branch. From then on no push of theirs arrives there any more. The outer
    /// error is of the records, the inner one of the repository.
    async fn fenced(
        &self,
        pass: &Pass<'_>,
        branch: Option<&BranchName>,
        begun: &[Deployment],
    ) -> Result<Result<BTreeMap<DeploymentId, CommitId>, GitOpsError>, RecordError> {
        let begun: Vec<&Deployment> = begun.iter().collect();
        self.renew(pass.lease).await?;
        match commits_of(pass, branch, &begun).await {
            Ok(commits) if commits.len() < begun.len() => {}
            known => return Ok(known),
        }
        let fence = Fence { message: CommitMessage::fence(&begun), at: self.now() };
        self.renew(pass.lease).await?;
        let commit = match pass.repository.fence(branch, &fence).await {
            Ok(commit) => commit,
            Err(error) => return Ok(Err(error)),
        };
        tracing::info!(deployments = begun.len(), git.commit = commit, "earlier pushes do not arrive any more");
        self.renew(pass.lease).await?;
        Ok(commits_of(pass, branch, &begun).await)
    }

    /// The transitions, except that what is given up has succeeded where an earlier push of it has arrived meanwhile.
    async fn given_up(
        &self,
        pass: &Pass<'_>,
        deployments: &[&Deployment],
        mut transitions: Vec<Finish>,
    ) -> Result<Vec<Finish>, RecordError> {
        let given_up = |one: &&&Deployment| {
            let fails = |finish: &Finish| finish.id == one.id && finish.state == DeploymentState::Failed;
            one.attempts > 1 && transitions.iter().any(fails)
        };
        let doubtful = deployments.iter().filter(given_up).map(|one| (*one).clone()).collect();
        for (branch, doubtful) in by_branch(pass, doubtful) {
            match self.fenced(pass, branch.as_ref(), &doubtful).await? {
                Ok(commits) => {
                    transitions = transitions.into_iter().map(|finish| self.unless_there(finish, &commits)).collect();
                }
                Err(error) => tracing::warn!(error = chain(&error), "an earlier push may still arrive"),
            }
        }
        Ok(transitions)
    }

    fn unless_there(&self, finish: Finish, commits: &BTreeMap<DeploymentId, CommitId>) -> Finish {
        match commits.get(&finish.id) {
            Some(commit) => self.transition(&finish.id, DeploymentState::Succeeded, commit.clone()),
            None => finish,
        }
    }

    /// It has come to its end with that commit.
    pub(super) fn transition(&self, id: &DeploymentId, state: DeploymentState, commit: CommitId) -> Finish {
        Finish { id: id.clone(), state, reason: None, commit: Some(commit), not_before: None, at: self.now() }
    }

    /// Puts off deployments of one branch whose attempt failed, or gives them up.
    pub(super) async fn fail(
        &self,
        pass: &Pass<'_>,
        deployments: &[&Deployment],
        failure: &Failure,
    ) -> Result<(), RecordError> {
        let transitions = deployments.iter().map(|deployment| after(deployment, failure, self.now())).collect();
        let transitions = self.given_up(pass, deployments, transitions).await?;
        for transition in &transitions {
            tracing::warn!(
                deployment.id = transition.id,
                deployment.state = transition.state.as_str(),
                error = failure.reason(),
                "deployment not carried out"
            );
        }
        self.finish(&transitions, pass.lease).await
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
