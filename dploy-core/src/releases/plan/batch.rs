//! Which of the queued deployments are carried out now.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    releases::{
        deployment::{Deployment, DeploymentId, DeploymentState, Trigger},
        name::{TargetName, VersionId},
        ports::Finish,
    },
    time::Timestamp,
};

/// What a worker does next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    /// Deployments that were begun before and never came to an end; whether their commits are on the branch is to be found out.
    pub interrupted: Vec<Deployment>,
    /// Deployments to carry out, in this order.
    pub run: Vec<Deployment>,
    /// Transitions of those whose place others took.
    pub superseded: Vec<Finish>,
    /// When time alone makes another one due.
    pub wake_at: Option<Timestamp>,
}

/// What to do with the unfinished deployments of one repository, in the order of their sequence; `held` are the targets on hold.
#[must_use]
pub fn batch(unfinished: &[Deployment], held: &BTreeSet<(String, TargetName)>, now: Timestamp, limit: usize) -> Batch {
    let latest = latest(unfinished);
    let mut batch = Batch::default();
    for deployment in unfinished {
        match fate(deployment, &latest, held, now) {
            Fate::Interrupted => batch.interrupted.push(deployment.clone()),
            Fate::Superseded(reason) => batch.superseded.push(superseded(&deployment.id, reason, now)),
            Fate::Later(at) => batch.wake_at = Some(batch.wake_at.map_or(at, |earlier| earlier.min(at))),
            Fate::Run if batch.run.len() < limit => batch.run.push(deployment.clone()),
            Fate::Run => batch.wake_at = Some(now),
        }
    }
    batch
}

enum Fate {
    Interrupted,
    Superseded(String),
    Later(Timestamp),
    Run,
}

/// The last deployment of each application to each target.
fn latest(unfinished: &[Deployment]) -> BTreeMap<(&str, &TargetName), (&DeploymentId, &VersionId)> {
    unfinished
        .iter()
        .map(|deployment| {
            let Deployment { app_id, target, id, version, .. } = deployment;
            ((app_id.as_str(), target), (id, version))
        })
        .collect()
}

fn fate(
    deployment: &Deployment,
    latest: &BTreeMap<(&str, &TargetName), (&DeploymentId, &VersionId)>,
    held: &BTreeSet<(String, TargetName)>,
    now: Timestamp,
) -> Fate {
    if deployment.state == DeploymentState::Running {
        return Fate::Interrupted;
    }
    let last = latest.get(&(deployment.app_id.as_str(), &deployment.target));
    // A later one of the same version changes nothing that this one does not.
    if let Some((id, version)) = last.filter(|(id, version)| **id != deployment.id && **version != deployment.version) {
        return Fate::Superseded(format!("deployment {id} of version {version} took its place"));
    }
    let policy = matches!(deployment.trigger, Trigger::Policy { .. });
    if policy && held.contains(&(deployment.app_id.clone(), deployment.target.clone())) {
        return Fate::Superseded(format!("{} is on hold", deployment.target));
    }
    match deployment.not_before.filter(|at| *at > now) {
        Some(at) => Fate::Later(at),
        None => Fate::Run,
    }
}

fn superseded(id: &DeploymentId, reason: String, at: Timestamp) -> Finish {
    let (id, reason) = (id.clone(), Some(reason));
    Finish { id, state: DeploymentState::Superseded, reason, commit: None, not_before: None, at }
}
