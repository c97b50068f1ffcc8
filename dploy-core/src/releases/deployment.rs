//! Deployments: a version on its way to a target.

use crate::time::Timestamp;

use super::name::{AppName, TargetName, VersionId};

/// A version 4 UUID.
pub type DeploymentId = String;

/// A version on its way to a target, or off it, or what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// Its place in the order of all deployments; the records give it, larger is later.
    pub sequence: u64,
    /// The id of the application.
    pub app_id: String,
    /// The name of the application.
    pub app: AppName,
    /// The version; of a removal, the one that ran.
    pub version: VersionId,
    /// Where to.
    pub target: TargetName,
    /// What asked for it.
    pub trigger: Trigger,
    /// Who asked for it: a key's name, a person, or `auto-deploy`.
    pub actor: String,
    /// What its maker said of who asked for it; free text.
    pub triggered_by: Option<String>,
    /// The version that ran there when it was asked for.
    pub replaces: Option<VersionId>,
    /// How far it has come.
    pub state: DeploymentState,
    /// Why it failed or was superseded.
    pub reason: Option<String>,
    /// The commit that holds it.
    pub commit: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it may be tried again.
    pub not_before: Option<Timestamp>,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// When it was first tried.
    pub started_at: Option<Timestamp>,
    /// When it came to its final state.
    pub finished_at: Option<Timestamp>,
}

impl Deployment {
    /// Whether it takes its application off the target.
    #[must_use]
    pub fn removes(&self) -> bool {
        self.trigger == Trigger::Removal
    }
}

/// What asked for a deployment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// Somebody.
    Manual,
    /// Somebody, to go back to an older version than the one that ran.
    Rollback,
    /// Somebody, to have what another target runs.
    Promotion {
        /// That target.
        from: TargetName,
    },
    /// A policy, when the version was published.
    Policy {
        /// The policy's id.
        id: String,
        /// The policy's name at that time.
        name: String,
    },
    /// Somebody, to have the application off the target.
    Removal,
}

impl Trigger {
    /// The constant word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Rollback => "rollback",
            Self::Promotion { .. } => "promotion",
            Self::Policy { .. } => "policy",
            Self::Removal => "removal",
        }
    }
}

/// How far a deployment has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DeploymentState {
    /// It waits for its turn.
    Queued,
    /// It is being committed and pushed.
    Running,
    /// Its commit is on the branch.
    Succeeded,
    /// The branch held exactly this already.
    Unchanged,
    /// It was given up.
    Failed,
    /// A later deployment to the same target took its place before it began.
    Superseded,
}

impl DeploymentState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Succeeded, Self::Unchanged, Self::Failed, Self::Superseded];

    /// The constant word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether it will not change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// Whether the target has the version now, or of a removal, has the application no more.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unchanged)
    }
}
