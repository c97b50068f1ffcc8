use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    releases::{
        api_key::ApiKey,
        application::{AppTarget, Application},
        audit::AuditEvent,
        deployment::{Deployment, DeploymentId, DeploymentState},
        name::TargetName,
        page::{Page, Paged},
        policy::AutoDeployPolicy,
        ports::{HoldChange, RecordError},
        target::{Hold, Target},
        version::Version,
    },
    time::Timestamp,
};

/// All tables, each by its id.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) applications: BTreeMap<String, Application>,
    pub(super) versions: BTreeMap<String, Version>,
    pub(super) policies: BTreeMap<String, AutoDeployPolicy>,
    pub(super) targets: BTreeMap<TargetName, Target>,
    pub(super) app_targets: BTreeMap<(String, TargetName), AppTarget>,
    /// The sequence of the deployment that decided what is current.
    pub(super) decided: BTreeMap<(String, TargetName), u64>,
    pub(super) deployments: BTreeMap<DeploymentId, Deployment>,
    pub(super) leases: BTreeMap<String, (String, Timestamp)>,
    pub(super) keys: BTreeMap<String, ApiKey>,
    pub(super) events: BTreeMap<String, AuditEvent>,
    last_sequence: u64,
}

impl State {
    pub(super) fn queued(&self) -> u64 {
        self.deployments.values().filter(|deployment| deployment.state == DeploymentState::Queued).count() as u64
    }

    /// Whether the deployment may be stored: its id is new, and what it names is there.
    pub(super) fn accepts(&self, deployment: &Deployment) -> Result<(), RecordError> {
        let version = |version: &Version| version.app_id == deployment.app_id && version.version == deployment.version;
        let fits = !self.deployments.contains_key(&deployment.id)
            && self.targets.contains_key(&deployment.target)
            && self.versions.values().any(version);
        if fits { Ok(()) } else { Err(RecordError::Conflict) }
    }

    pub(super) fn store(&mut self, deployment: &Deployment) -> Deployment {
        self.last_sequence += 1;
        let stored = Deployment { sequence: self.last_sequence, ..deployment.clone() };
        self.deployments.insert(stored.id.clone(), stored.clone());
        stored
    }

    pub(super) fn change_hold(&mut self, app_id: &str, target: &TargetName, change: HoldChange) {
        match change {
            HoldChange::Keep => {}
            HoldChange::Set(hold) => self.put_hold(app_id, target, Some(hold)),
            HoldChange::Lift => self.put_hold(app_id, target, None),
        }
    }

    fn put_hold(&mut self, app_id: &str, target: &TargetName, hold: Option<Hold>) {
        self.stand(app_id, target, |standing| standing.hold = hold);
    }

    /// Changes how an application stands at a target.
    pub(super) fn stand(&mut self, app_id: &str, target: &TargetName, change: impl FnOnce(&mut AppTarget)) {
        let fresh = || AppTarget { target: target.clone(), current: None, hold: None };
        change(self.app_targets.entry((app_id.to_owned(), target.clone())).or_insert_with(fresh));
        self.app_targets.retain(|_, standing| standing.current.is_some() || standing.hold.is_some());
    }
}

/// The items, the largest key first.
pub(super) fn latest_first<'a, T: Clone + 'a, K: Ord>(
    items: impl Iterator<Item = &'a T>,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let mut sorted: Vec<T> = items.cloned().collect();
    sorted.sort_by_key(|item| Reverse(key(item)));
    sorted
}

/// A page of the whole list.
pub(super) fn paged<T>(all: Vec<T>, page: Page) -> Paged<T> {
    let total = all.len() as u64;
    let before = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let items = all.into_iter().skip(before).take(page.limit as usize).collect();
    Paged { items, total }
}
