use std::collections::BTreeMap;

use crate::releases::{
    deployment::{Deployment, DeploymentState},
    plan::outcome::Failure,
    ports::{Change, Committed, Finish, GitOpsError, RecordError},
};

use super::{Deployer, heal::commits_of, pass::Pass, prepare::Prepared};

impl Deployer {
    /// Pushes what is prepared, branch by branch, and records what became of it.
    pub(super) async fn push(&self, pass: &Pass<'_>, prepared: Vec<Prepared>) -> Result<(), RecordError> {
        let mut branches: BTreeMap<_, Vec<Prepared>> = BTreeMap::new();
        for one in prepared {
            branches.entry(one.branch.clone()).or_default().push(one);
        }
        let mut waiting: Vec<Vec<Prepared>> = branches.into_values().collect();
        while let Some(mut together) = waiting.pop() {
            let Err(error) = self.push_together(pass, &together).await? else { continue };
            let (moved, many) = (matches!(error, GitOpsError::Moved(_)), together.len() > 1);
            let failure = Failure::GitOps(error);
            if many && moved {
                // A smaller push takes less time, in which fewer others come first.
                waiting.push(together.split_off(together.len() / 2));
                waiting.push(together);
                continue;
            }
            if many && !failure.is_transient() {
                for one in &together {
                    self.push_alone(pass, one).await?;
                }
            } else {
                let failed: Vec<_> = together.iter().map(|one| &one.deployment).collect();
                self.fail(pass, &failed, &failure).await?;
            }
        }
        Ok(())
    }

    async fn push_alone(&self, pass: &Pass<'_>, one: &Prepared) -> Result<(), RecordError> {
        match self.push_together(pass, std::slice::from_ref(one)).await? {
            Ok(()) => Ok(()),
            Err(error) => self.fail(pass, &[&one.deployment], &error.into()).await,
        }
    }

    /// One push to one branch. The outer error is of the records, the inner one of the repository.
    async fn push_together(
        &self,
        pass: &Pass<'_>,
        together: &[Prepared],
    ) -> Result<Result<(), GitOpsError>, RecordError> {
        let Some(branch) = together.first().map(|one| one.branch.clone()) else { return Ok(Ok(())) };
        self.renew(pass.lease).await?;
        let changes: Vec<Change> = together.iter().map(|one| one.change.clone()).collect();
        let pushed = pass.repository.push(branch.as_ref(), &changes).await;
        let committed = match pushed {
            Ok(committed) => self.with_late_commits(pass, together, committed).await,
            error => error,
        };
        let committed = match committed {
            Ok(committed) => committed,
            Err(error) => return Ok(Err(error)),
        };
        let outcomes = together.iter().zip(committed);
        let transitions: Vec<_> =
            outcomes.map(|(one, committed)| self.succeeded(pass, &one.deployment, committed)).collect();
        self.finish(&transitions, pass.lease).await?;
        for transition in &transitions {
            tracing::info!(
                deployment.id = transition.id,
                deployment.state = transition.state.as_str(),
                deployment.commit = transition.commit,
                "deployment carried out"
            );
        }
        Ok(Ok(()))
    }

    /// A push that outlived its process may have come to the branch just before this one, which then had nothing to add:
    /// such a deployment is in that commit, and not unchanged.
    async fn with_late_commits(
        &self,
        pass: &Pass<'_>,
        together: &[Prepared],
        committed: Vec<Committed>,
    ) -> Result<Vec<Committed>, GitOpsError> {
        let outcomes = together.iter().zip(&committed);
        let again =
            outcomes.filter(|(one, outcome)| one.deployment.attempts > 1 && matches!(outcome, Committed::Unchanged(_)));
        let again: Vec<&Deployment> = again.map(|(one, _)| &one.deployment).collect();
        let branch = together.first().and_then(|one| one.branch.as_ref());
        // Others of this push are on the branch: they must not count as failed.
        let unanswered = |error: GitOpsError| GitOpsError::Unanswered(error.to_string());
        let mut late = commits_of(pass, branch, &again).await.map_err(unanswered)?;
        let outcomes = together.iter().zip(committed);
        Ok(outcomes.map(|(one, outcome)| late.remove(&one.deployment.id).map_or(outcome, Committed::Commit)).collect())
    }

    fn succeeded(&self, pass: &Pass<'_>, deployment: &Deployment, committed: Committed) -> Finish {
        match committed {
            Committed::Commit(commit) => self.transition(&deployment.id, DeploymentState::Succeeded, commit),
            Committed::Unchanged(tip) => {
                let place = (deployment.app_id.clone(), deployment.target.clone());
                let current = pass.stands.get(&place).and_then(|stands| stands.current.as_ref());
                let known = current.filter(|current| current.version == deployment.version && !deployment.removes());
                let commit = known.and_then(|current| current.commit.clone()).unwrap_or(tip);
                self.transition(&deployment.id, DeploymentState::Unchanged, commit)
            }
        }
    }
}
