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
    /// Deployments that were begun before and never came to an end, or whose end was not told; whether their commits are on
    /// the branch is to be found out.
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
    let (latest, undecided) = (latest(unfinished), undecided(unfinished, now));
    let mut batch = Batch::default();
    for deployment in unfinished {
        match fate(deployment, &latest, held, now).after(deployment, &undecided) {
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

impl Fate {
    /// What would run waits for an earlier one of its place that is in doubt: the earlier one might have to run again, and
    /// would take its place.
    fn after(self, deployment: &Deployment, undecided: &BTreeMap<Place<'_>, Timestamp>) -> Self {
        match (&self, undecided.get(&place(deployment))) {
            (Self::Run, Some(at)) => Self::Later(*at),
            _ => self,
        }
    }
}

/// An application at a target.
type Place<'a> = (&'a str, &'a TargetName);

fn place(deployment: &Deployment) -> Place<'_> {
    (deployment.app_id.as_str(), &deployment.target)
}

/// Where something is in doubt, and when the remote is asked about it.
fn undecided(unfinished: &[Deployment], now: Timestamp) -> BTreeMap<Place<'_>, Timestamp> {
    let running = unfinished.iter().filter(|deployment| deployment.state == DeploymentState::Running);
    running.filter_map(|deployment| Some((place(deployment), deployment.not_before.filter(|at| *at > now)?))).collect()
}

/// The last deployment of each application to each target.
fn latest(unfinished: &[Deployment]) -> BTreeMap<Place<'_>, &Deployment> {
    unfinished.iter().map(|deployment| (place(deployment), deployment)).collect()
}

/// What a target has of the application afterwards.
fn outcome(deployment: &Deployment) -> Option<&VersionId> {
    (!deployment.removes()).then_some(&deployment.version)
}

/// Why the earlier one of the same place is not carried out.
fn replaced_by(later: &Deployment) -> String {
    match outcome(later) {
        Some(version) => format!("deployment {} of version {version} took its place", later.id),
        None => format!("deployment {} took its place, which removes the application", later.id),
    }
}

fn fate(
    deployment: &Deployment,
    latest: &BTreeMap<Place<'_>, &Deployment>,
    held: &BTreeSet<(String, TargetName)>,
    now: Timestamp,
) -> Fate {
    let later = deployment.not_before.filter(|at| *at > now).map(Fate::Later);
    if deployment.state == DeploymentState::Running {
        return later.unwrap_or(Fate::Interrupted);
    }
    let last = latest.get(&place(deployment));
    // A later one of the same version changes nothing that this one does not.
    if let Some(later) = last.filter(|last| last.id != deployment.id && outcome(last) != outcome(deployment)) {
        return Fate::Superseded(replaced_by(later));
    }
    let policy = matches!(deployment.trigger, Trigger::Policy { .. });
    if policy && held.contains(&(deployment.app_id.clone(), deployment.target.clone())) {
        return Fate::Superseded(format!("{} is on hold", deployment.target));
    }
    later.unwrap_or(Fate::Run)
}

fn superseded(id: &DeploymentId, reason: String, at: Timestamp) -> Finish {
    let (id, reason) = (id.clone(), Some(reason));
    Finish { id, state: DeploymentState::Superseded, reason, commit: None, not_before: None, at }
}
