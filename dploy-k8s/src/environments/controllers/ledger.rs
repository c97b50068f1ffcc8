//! What decisions have given away before their writes have come back.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use dploy_core::{
    environments::{
        claim::Claim,
        instance::Instance,
        plan::binding::{Decision, Target, TemplateState, View, holds, plan_binding, when_empty},
        template::WhenEmpty,
    },
    id::OwnerId,
};

use crate::{
    cluster::{Found, ObjectKey as Key},
    environments::{
        Caches,
        caches::{AVAILABLE, BY_CLAIM, BY_OWNER, WAITING, index_value, rank, waiting_value},
        catalog::Catalog,
        convert,
    },
};

/// Decides pending claims one after another and remembers what each decision gave away until its writes are in the
/// caches, so that no decision sees a member or a quota slot that another has taken.
#[derive(Clone)]
pub(crate) struct Ledger {
    given: Arc<Mutex<Given>>,
    /// Whether objects without owner id count for everybody whose readable name they carry.
    legacy_owners: bool,
}

#[derive(Default)]
struct Given {
    /// Members by the uid of the claim that gets them.
    members: HashMap<String, String>,
    /// Claims that are being given an environment.
    claims: HashSet<String>,
}

/// What one decision gave away; dropped, it is free again.
pub(super) struct Reservation {
    ledger: Ledger,
    claim: String,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut given = self.ledger.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.claims.remove(&self.claim);
        given.members.remove(&self.claim);
    }
}

impl Ledger {
    pub(crate) fn new(legacy_owners: bool) -> Self {
        Self { given: Arc::default(), legacy_owners }
    }

    /// Decides a pending claim and reserves what it gets.
    pub(super) fn decide(&self, claim: &Claim, caches: &Caches, catalog: &Catalog) -> (Decision, Reservation) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let decision = plan(claim, caches, catalog, &given, &self.owners(claim));
        if let Decision::Bind(target, _) = &decision {
            given.claims.insert(claim.meta.uid.clone());
            if let Target::Member(member) = target {
                given.members.insert(claim.meta.uid.clone(), member.uid.clone());
            }
        }
        let reservation = Reservation { ledger: self.clone(), claim: claim.meta.uid.clone() };
        (decision, reservation)
    }

    /// Where the indexes find what counts for the owner of `claim`.
    fn owners(&self, claim: &Claim) -> BTreeSet<String> {
        let legacy = self.legacy_owners.then(|| OwnerId::of_text(&claim.owner));
        let ids = legacy.into_iter().chain([claim.owner_id.clone()]);
        ids.map(|id| index_value(&claim.meta.key.namespace, id.as_str())).collect()
    }
}

fn plan(claim: &Claim, caches: &Caches, catalog: &Catalog, given: &Given, owners: &BTreeSet<String>) -> Decision {
    let namespace = &claim.meta.key.namespace;
    let template = caches.templates.cache().get(&Key::namespaced(namespace, &claim.template));
    let verdict = template
        .as_ref()
        .filter(|object| object.metadata.deletion_timestamp.is_none())
        .map(|object| catalog.current(caches, object));
    let template = match &verdict {
        None => TemplateState::Missing,
        Some(Err(refusal)) => TemplateState::Refused(&refusal.message),
        Some(Ok(entry)) => TemplateState::Usable(&entry.compiled.revision.template),
    };
    let carriers = live(caches.find_instances(BY_CLAIM, &claim.meta.uid));
    let owned = owners.iter().flat_map(|owner| caches.find_instances(BY_OWNER, owner)).collect();
    let bare: Vec<_> = live(owned).into_iter().filter(|instance| instance.is_bare()).collect();
    let holders = holders(claim, caches, given, owners);
    let settings = catalog.settings(caches);
    let named = claim.adopts.as_ref().map(|adopts| Key::namespaced(namespace, &adopts.name));
    let adopts = named.and_then(|key| caches.instances.cache().get(&key)).map(|object| convert::instance(&object));
    let free = free_members(claim, caches, given, &template);
    let ahead = if free.is_empty() { 0 } else { ahead(claim, caches, given, &template) };
    let members = free.iter().filter_map(|member| caches.instances.cache().get(&member.key));
    let members = members.map(|member| Arc::new(convert::instance(&member)));
    // A look later than the index: one may be gone or taken since. Those ahead get theirs first.
    let available: Vec<_> = members.filter(|member| member.is_available()).take(ahead + 1).collect();
    let cordoned = matches!(&verdict, Some(Ok(entry)) if entry.marks.cordoned);
    let view = View {
        template,
        cordoned,
        settings: &settings,
        carriers: &carriers,
        adopts: adopts.as_ref(),
        holders: &holders,
        bare: &bare,
        available: &available,
        ahead,
    };
    plan_binding(claim, &view)
}

fn live(instances: Vec<Arc<Instance>>) -> Vec<Arc<Instance>> {
    instances.into_iter().filter(|instance| !instance.meta.is_deleting()).collect()
}

/// The owner's other claims that hold an environment or are being given one.
fn holders(claim: &Claim, caches: &Caches, given: &Given, owners: &BTreeSet<String>) -> Vec<Arc<Claim>> {
    let all = owners.iter().flat_map(|owner| caches.find_claims(BY_OWNER, owner));
    let others = all.filter(|other| other.meta.uid != claim.meta.uid);
    let instance = |other: &Claim| {
        let named = other.status.instance.as_ref()?;
        let found = caches.instances.cache().get(&Key::namespaced(&other.meta.key.namespace, &named.name))?;
        Some(convert::instance(&found)).filter(|instance| instance.meta.uid == named.uid)
    };
    others
        .filter(|other| {
            let carried = || !live(caches.find_instances(BY_CLAIM, &other.meta.uid)).is_empty();
            let being_bound = given.claims.contains(&other.meta.uid) || carried();
            holds(other, instance(other).as_ref(), being_bound)
        })
        .collect()
}

/// The members that can be claimed and are not being given to others, the oldest in front.
fn free_members(claim: &Claim, caches: &Caches, given: &Given, template: &TemplateState<'_>) -> Vec<Found> {
    if !matches!(template, TemplateState::Usable(template) if template.pool().is_some()) {
        return Vec::new();
    }
    let reserved: HashSet<&String> = given.members.values().collect();
    let index = index_value(&claim.meta.key.namespace, &claim.template);
    let mut members = caches.instances.cache().find(AVAILABLE, &index);
    members.retain(|member| !reserved.contains(&member.uid));
    members
}

/// How many claims that wait for a member, and are not being given one, asked before this one.
fn ahead(claim: &Claim, caches: &Caches, given: &Given, template: &TemplateState<'_>) -> usize {
    let TemplateState::Usable(template) = template else { return 0 };
    let index = index_value(&claim.meta.key.namespace, &claim.template);
    let said = [None, Some(true), Some(false)].into_iter();
    let waits = said.filter(|said| when_empty(template, *said) == WhenEmpty::Wait);
    let waiting = waits.flat_map(|said| caches.claims.cache().find(WAITING, &waiting_value(&index, said)));
    let own = (rank(claim.meta.created), &claim.meta.key.name);
    let others = waiting.filter(|other| !given.claims.contains(&other.uid) && other.uid != claim.meta.uid);
    others.filter(|other| (&other.rank, &other.key.name) < (&own.0, own.1)).count()
}

#[cfg(test)]
mod tests {
    use dploy_core::testing::builders::{claim, owner};

    use super::*;

    #[test]
    fn objects_without_owner_id_count_only_under_the_originals_rule() {
        let claim = claim(&owner("sub", "42", "john-doe"), "shell");
        let found = |id: &OwnerId| index_value(&claim.meta.key.namespace, id.as_str());
        let own = found(&claim.owner_id);
        assert_eq!(Ledger::new(false).owners(&claim), BTreeSet::from([own.clone()]));
        assert_eq!(Ledger::new(true).owners(&claim), BTreeSet::from([own, found(&OwnerId::of_text("john-doe"))]));
    }
}
