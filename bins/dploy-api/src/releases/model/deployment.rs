use dploy_core::releases::{
    deployment::{Deployment, DeploymentState, Trigger},
    name::TargetName,
    page::{Page, Paged},
    service::{DeployRequest, RollbackTo},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cut, time};
use crate::releases::{Error, input};

/// Where a version is deployed to, or an application removed from.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeployBody {
    /// A declared target.
    #[schema(value_type = String)]
    environment: Option<String>,
    /// Who is behind it; free text.
    triggered_by: Option<String>,
}

impl DeployBody {
    pub(crate) fn read(self) -> Result<DeployRequest, Error> {
        let target = input::name("environment", self.environment.as_ref())?;
        Ok(DeployRequest { target, triggered_by: self.triggered_by })
    }
}

/// Where a rollback goes to: `to` or `previous`.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RollbackBody {
    /// A declared target.
    #[schema(value_type = String)]
    environment: Option<String>,
    /// The version.
    to: Option<String>,
    /// Whether it goes to what ran before.
    previous: Option<bool>,
    /// Who is behind it; free text.
    triggered_by: Option<String>,
}

impl RollbackBody {
    pub(crate) fn read(self) -> Result<(RollbackTo, DeployRequest), Error> {
        let target = input::name("environment", self.environment.as_ref())?;
        let to = match (&self.to, self.previous.unwrap_or_default()) {
            (Some(version), false) => RollbackTo::Version(input::parsed("to", version)?),
            (None, true) => RollbackTo::Previous,
            _ => return Err(Error::input("to", "a version, unless previous is true, and not both")),
        };
        Ok((to, DeployRequest { target, triggered_by: self.triggered_by }))
    }
}

/// From where to where is promoted.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PromoteBody {
    /// The target whose version is taken.
    #[schema(value_type = String)]
    from: Option<String>,
    /// The target that gets it.
    #[schema(value_type = String)]
    to: Option<String>,
    /// Who is behind it; free text.
    triggered_by: Option<String>,
}

impl PromoteBody {
    pub(crate) fn read(self) -> Result<(TargetName, DeployRequest), Error> {
        let from = input::name("from", self.from.as_ref())?;
        let target = input::name("to", self.to.as_ref())?;
        Ok((from, DeployRequest { target, triggered_by: self.triggered_by }))
    }
}

/// A deployment.
#[derive(Serialize, ToSchema, PartialEq, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeploymentBody {
    /// A UUID.
    deployment_id: String,
    /// Its place in the order of all deployments; larger is later.
    sequence: u64,
    /// The id of the application.
    app_id: String,
    /// The name of the application.
    app_name: String,
    /// The version; of a removal, the one that ran.
    version_id: String,
    /// The target.
    environment: String,
    /// `pending`, `success` or `failed`.
    status: &'static str,
    /// `queued`, `running`, `succeeded`, `unchanged`, `failed` or `superseded`.
    state: &'static str,
    /// Why it failed, was superseded, or is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What asked for it: `manual`, `rollback`, `promotion`, `policy` or `removal`.
    trigger: &'static str,
    /// Who asked for it.
    actor: String,
    /// What the caller said of who is behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    triggered_by: Option<String>,
    /// The id of the policy that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_id: Option<String>,
    /// The name of that policy at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_name: Option<String>,
    /// The target that it was promoted from.
    #[serde(skip_serializing_if = "Option::is_none")]
    promoted_from: Option<String>,
    /// The version that ran there when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    /// The commit that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    gitops_commit_sha: Option<String>,
    /// How often it was tried.
    attempts: u32,
    /// When it was asked for.
    queued_at: String,
    /// When it was first tried; until then, when it was asked for.
    started_at: String,
    /// When it came to its final state.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

/// The original's word for the state.
fn status(state: DeploymentState) -> &'static str {
    match state {
        DeploymentState::Queued | DeploymentState::Running => "pending",
        DeploymentState::Succeeded | DeploymentState::Unchanged => "success",
        DeploymentState::Failed | DeploymentState::Superseded => "failed",
    }
}

/// The states that a word of either vocabulary stands for; where both have it, ours counts.
pub(crate) fn states(word: &str) -> Option<Vec<DeploymentState>> {
    if let Some(state) = DeploymentState::parse(word) {
        return Some(vec![state]);
    }
    let states: Vec<_> = DeploymentState::ALL.into_iter().filter(|state| status(*state) == word).collect();
    (!states.is_empty()).then_some(states)
}

impl From<Deployment> for DeploymentBody {
    fn from(deployment: Deployment) -> Self {
        let trigger = deployment.trigger.as_str();
        let (policy, from) = match deployment.trigger {
            Trigger::Policy { id, name } => (Some((id, name)), None),
            Trigger::Promotion { from } => (None, Some(from)),
            Trigger::Manual | Trigger::Rollback | Trigger::Removal => (None, None),
        };
        let (policy_id, policy_name) = policy.unzip();
        Self {
            deployment_id: deployment.id,
            sequence: deployment.sequence,
            app_id: deployment.app_id,
            app_name: deployment.app.into(),
            version_id: deployment.version.into(),
            environment: deployment.target.into(),
            status: status(deployment.state),
            state: deployment.state.as_str(),
            reason: deployment.reason,
            trigger,
            actor: deployment.actor,
            triggered_by: deployment.triggered_by,
            policy_id,
            policy_name,
            promoted_from: from.map(String::from),
            replaces: deployment.replaces.map(String::from),
            gitops_commit_sha: deployment.commit,
            attempts: deployment.attempts,
            queued_at: time(deployment.queued_at),
            started_at: time(deployment.started_at.unwrap_or(deployment.queued_at)),
            completed_at: deployment.finished_at.map(time),
        }
    }
}

/// Deployments, the latest first.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct Deployments {
    /// This part of them.
    deployments: Vec<DeploymentBody>,
    #[serde(flatten)]
    cut: Cut,
}

impl Deployments {
    pub(crate) fn new(paged: Paged<Deployment>, page: Page) -> Self {
        Self { cut: Cut::of(&paged, page), deployments: paged.items.into_iter().map(DeploymentBody::from).collect() }
    }
}
