use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use dploy_core::{
    environments::{
        orphans::{Belonging, Inventory},
        plan::orphans::{GRACE_SECONDS, Observation, Orphan, plan_orphans},
    },
    time::Timestamp,
};

use crate::environments::Caches;

use super::Namespaces;

/// The orphans that there are now: of workload namespaces, and of what the inventories know. The caches must be synced.
#[must_use]
pub fn survey(caches: &Caches, inventories: &[Arc<dyn Inventory>], now: Timestamp) -> Vec<Orphan> {
    let found = found(&with_namespaces(caches, inventories));
    let seen = BTreeMap::new();
    plan_orphans(Observation { found: &found, living: &living(caches), seen: &seen, grace_seconds: GRACE_SECONDS }, now)
}

/// The inventories, and that of the namespaces.
pub(super) fn with_namespaces(caches: &Caches, inventories: &[Arc<dyn Inventory>]) -> Vec<Arc<dyn Inventory>> {
    let namespaces: Arc<dyn Inventory> = Arc::new(Namespaces(caches.namespaces.clone()));
    inventories.iter().cloned().chain([namespaces]).collect()
}

pub(super) fn found(inventories: &[Arc<dyn Inventory>]) -> Vec<Belonging> {
    inventories.iter().flat_map(|inventory| inventory.belongings()).collect()
}

/// The uids of all instances and templates, also of those that do not read as such.
pub(super) fn living(caches: &Caches) -> BTreeSet<String> {
    let (instances, templates) = (caches.instances.cache(), caches.templates.cache());
    let known = [instances.uids(), templates.uids()].into_iter().flatten();
    known.chain(instances.unreadable_uids()).chain(templates.unreadable_uids()).collect()
}
