//! What holds of everything in a namespace, whatever happened, once what was begun has ended.

use std::collections::{BTreeMap, BTreeSet};

use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim},
    foreign::flux::HelmRelease,
};
use kube::ResourceExt as _;

use crate::{
    harness::{annotation, claim_phase, eventually},
    site::Site,
};

impl Site {
    /// Waits until everything is sound; fails with what is not.
    pub async fn sound(&self, quota: usize) {
        let last = std::sync::Mutex::new(Vec::new());
        let found = eventually_or(|| async {
            let faults = self.faults(quota).await;
            let sound = faults.is_empty();
            *last.lock().unwrap() = faults;
            sound
        });
        assert!(found.await, "{:#?}", last.lock().unwrap());
    }

    /// What is not as it should be.
    pub async fn faults(&self, quota: usize) -> Vec<String> {
        let (claims, instances) = (self.list::<DployInstanceClaim>().await, self.list::<DployInstance>().await);
        let mut faults = doubles(&claims, &instances);
        faults.extend(over_quota(&claims, quota));
        let names: BTreeSet<_> = instances.iter().map(|instance| instance.name_any()).collect();
        let releases: BTreeSet<_> = self.list::<HelmRelease>().await.iter().map(|found| found.name_any()).collect();
        let workloads = self.workloads().await;
        let homes: Vec<_> = workloads
            .iter()
            .map(|found| annotation(found, "dploy.dev/instance-key").split_once('/').unwrap().1.to_owned())
            .collect();
        let distinct: BTreeSet<_> = homes.iter().cloned().collect();
        if homes.len() != distinct.len() {
            faults.push(format!("an instance has two namespaces: {homes:?}"));
        }
        for (what, found) in [("releases", releases), ("namespaces", distinct)] {
            let orphans: Vec<_> = found.difference(&names).collect();
            let lacking: Vec<_> = names.difference(&found).collect();
            if !orphans.is_empty() || !lacking.is_empty() {
                faults.push(format!("{what} without an instance: {orphans:?}; instances without: {lacking:?}"));
            }
        }
        faults
    }
}

/// Claims and instances that do not belong to each other, one to one.
fn doubles(claims: &[DployInstanceClaim], instances: &[DployInstance]) -> Vec<String> {
    let mut faults = Vec::new();
    let bound: Vec<_> = claims.iter().filter(|claim| claim_phase(claim) == "Bound").collect();
    let pending = claims.iter().filter(|claim| ["", "Pending"].contains(&claim_phase(claim).as_str()));
    faults.extend(pending.map(|claim| format!("claim {} is undecided", claim.name_any())));
    let mut holders: BTreeMap<String, String> = BTreeMap::new();
    for claim in &bound {
        let named = claim.status.as_ref().unwrap().instance_ref.clone().unwrap();
        if let Some(other) = holders.insert(named.uid.clone(), claim.name_any()) {
            faults.push(format!("{} and {other} name the same instance {}", claim.name_any(), named.name));
        }
        match instances.iter().find(|instance| instance.uid().as_deref() == Some(&*named.uid)) {
            None => faults.push(format!("the instance {} of {} is gone", named.name, claim.name_any())),
            Some(instance) if instance.spec.claim_ref.as_ref().map(|of| &of.uid) != claim.metadata.uid.as_ref() => {
                faults.push(format!("{} does not carry its claim {}", named.name, claim.name_any()));
            }
            Some(instance) if instance.spec.owner != claim.spec.owner => {
                faults.push(format!(
                    "{} belongs to {}, its claim to {}",
                    named.name, instance.spec.owner, claim.spec.owner
                ));
            }
            Some(_) => {}
        }
    }
    for instance in instances.iter().filter(|instance| instance.spec.claim_ref.is_some()) {
        if !instance.uid().is_some_and(|uid| holders.contains_key(&uid)) {
            faults.push(format!("{} carries a claim that does not name it", instance.name_any()));
        }
    }
    faults
}

fn over_quota(claims: &[DployInstanceClaim], quota: usize) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim_phase(claim) == "Bound") {
        *counts.entry(claim.spec.owner.as_str()).or_default() += 1;
    }
    let over = counts.into_iter().filter(|(_, count)| *count > quota);
    over.map(|(owner, count)| format!("{owner} has {count} environments, {quota} are allowed")).collect()
}

/// Whether `look` says yes before everything takes too long.
async fn eventually_or<F: Future<Output = bool>>(look: impl Fn() -> F) -> bool {
    let limited = eventually("everything is sound", || async { look().await.then_some(()) });
    tokio::time::timeout(std::time::Duration::from_secs(240), limited).await.is_ok()
}
