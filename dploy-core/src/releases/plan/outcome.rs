//! What becomes of a deployment that could not be carried out.

use crate::{
    artifact::ArtifactError,
    error::chain,
    releases::{
        deployment::{Deployment, DeploymentState},
        ports::{Finish, GitOpsError},
    },
    time::Timestamp,
};

/// How often a deployment is tried where something that is needed does not answer.
pub const ATTEMPTS_MAX: u32 = 3;
/// Seconds before the second attempt; twice as many before each further one.
const BACKOFF_SECONDS: i64 = 2;
/// For so many seconds a remote that does not answer is asked whether it took a push.
pub const DOUBT_SECONDS: i64 = 86_400;
/// Seconds between two such questions at most.
const QUESTION_SECONDS: i64 = 60;

/// Why a deployment could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The target is not declared any more.
    #[error("the target is not declared any more")]
    NoTarget,
    /// The version is gone, or was rejected meanwhile.
    #[error("the version cannot be deployed any more: {0}")]
    Version(String),
    /// The stored archive is not the one that was published.
    #[error("integrity: the stored archive is not the one that was published")]
    Integrity,
    /// The archive cannot be had.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The commit did not reach the branch.
    #[error(transparent)]
    GitOps(#[from] GitOpsError),
}

impl Failure {
    /// Whether trying again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoTarget | Self::Version(_) | Self::Integrity => false,
            Self::Artifact(error) => matches!(error, ArtifactError::Unavailable(_)),
            Self::GitOps(error) => matches!(
                error,
                GitOpsError::Moved(_)
                    | GitOpsError::Unavailable(_)
                    | GitOpsError::Unanswered(_)
                    | GitOpsError::Clone(_)
            ),
        }
    }

    /// The reason as its reader sees it: what failed and why, in one line.
    #[must_use]
    pub fn reason(&self) -> String {
        chain(self).chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
    }
}

/// The transition of a deployment whose attempt failed: queued again for later, or failed; in doubt where its commit may
/// be on the branch.
#[must_use]
pub fn after(deployment: &Deployment, failure: &Failure, now: Timestamp) -> Finish {
    if matches!(failure, Failure::GitOps(GitOpsError::Unanswered(_))) {
        return in_doubt(deployment, failure, now);
    }
    let again = failure.is_transient() && deployment.attempts < ATTEMPTS_MAX;
    let doublings = deployment.attempts.saturating_sub(1).min(16);
    let delay = BACKOFF_SECONDS.saturating_mul(1 << doublings);
    Finish {
        id: deployment.id.clone(),
        state: if again { DeploymentState::Queued } else { DeploymentState::Failed },
        reason: Some(failure.reason()),
        commit: None,
        not_before: again.then(|| now.plus_seconds(delay)),
        at: now,
    }
}

/// The transition of a deployment whose commit may be on the branch while nobody can tell: it stays running and says why,
/// and the remote is asked again and again, ever more seldom. Failed where that goes on for too long.
#[must_use]
pub fn in_doubt(deployment: &Deployment, failure: &Failure, now: Timestamp) -> Finish {
    let begun = deployment.started_at.unwrap_or(now);
    let elapsed = now.unix_seconds().saturating_sub(begun.unix_seconds());
    let delay = (elapsed / 2).clamp(BACKOFF_SECONDS, QUESTION_SECONDS);
    // What was interrupted long ago is asked for more than once too.
    let gives_up = elapsed > DOUBT_SECONDS && deployment.not_before.is_some();
    Finish {
        id: deployment.id.clone(),
        state: if gives_up { DeploymentState::Failed } else { DeploymentState::Running },
        reason: Some(failure.reason()),
        commit: None,
        not_before: (!gives_up).then(|| now.plus_seconds(delay)),
        at: now,
    }
}

/// The transition of a deployment that was begun and is not on the branch: queued again; failed where its last attempt
/// ended in doubt.
#[must_use]
pub fn not_there(deployment: &Deployment, now: Timestamp) -> Finish {
    // A process that ended says nothing against the deployment; a push without an answer does.
    let gives_up = deployment.not_before.is_some() && deployment.attempts >= ATTEMPTS_MAX;
    Finish {
        id: deployment.id.clone(),
        state: if gives_up { DeploymentState::Failed } else { DeploymentState::Queued },
        reason: deployment.reason.clone(),
        commit: None,
        not_before: None,
        at: now,
    }
}
