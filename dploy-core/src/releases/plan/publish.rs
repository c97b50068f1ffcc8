//! What policies do with a version that is published.

use crate::{
    releases::{
        application::AppTarget,
        deployment::{Deployment, DeploymentState, Trigger},
        name::{PolicyName, TargetName},
        policy::AutoDeployPolicy,
        version::Version,
    },
    time::Timestamp,
};

/// The actor of deployments that policies ask for.
pub const POLICY_ACTOR: &str = "auto-deploy";

/// What a publish triggers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Triggered {
    /// What is queued, in the order of the policies.
    pub deployments: Vec<Deployment>,
    /// Policies that match and leave their target alone, because it is on hold.
    pub held: Vec<Held>,
}

/// A policy whose target is on hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The policy.
    pub policy: PolicyName,
    /// Its target.
    pub target: TargetName,
    /// Why it is on hold.
    pub reason: String,
}

/// What `policies` do with `version`, given how its application stands at its targets; `ids` gives new ids.
pub fn triggered(
    version: &Version,
    policies: &[AutoDeployPolicy],
    targets: &[AppTarget],
    now: Timestamp,
    mut ids: impl FnMut() -> String,
) -> Triggered {
    let mut matching: Vec<_> =
        policies.iter().filter(|policy| policy.enabled && policy.rule.matches(&version.metadata)).collect();
    matching.sort_by_key(|policy| (policy.created_at, &policy.id));
    let mut triggered = Triggered::default();
    for policy in matching {
        let stands = targets.iter().find(|stands| stands.target == policy.target);
        if let Some(hold) = stands.and_then(|stands| stands.hold.as_ref()) {
            let (policy, target) = (policy.name.clone(), policy.target.clone());
            triggered.held.push(Held { policy, target, reason: hold.reason.clone() });
            continue;
        }
        let trigger = Trigger::Policy { id: policy.id.clone(), name: policy.name.to_string() };
        let asked = Asked { target: &policy.target, trigger, actor: POLICY_ACTOR, triggered_by: None };
        triggered.deployments.push(queued(ids(), version, asked, stands, now));
    }
    triggered
}

/// A deployment that is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) target: &'a TargetName,
    pub(crate) trigger: Trigger,
    pub(crate) actor: &'a str,
    pub(crate) triggered_by: Option<String>,
}

/// The deployment as it enters the queue; its sequence is given there.
pub(crate) fn queued(
    id: String,
    version: &Version,
    asked: Asked<'_>,
    stands: Option<&AppTarget>,
    now: Timestamp,
) -> Deployment {
    Deployment {
        id,
        sequence: 0,
        app_id: version.app_id.clone(),
        app: version.app.clone(),
        version: version.version.clone(),
        target: asked.target.clone(),
        trigger: asked.trigger,
        actor: asked.actor.to_owned(),
        triggered_by: asked.triggered_by,
        replaces: stands.and_then(|stands| stands.current.as_ref()).map(|current| current.version.clone()),
        state: DeploymentState::Queued,
        reason: None,
        commit: None,
        attempts: 0,
        not_before: None,
        queued_at: now,
        started_at: None,
        finished_at: None,
    }
}
