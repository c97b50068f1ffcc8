use std::sync::Arc;

use crate::{
    environments::{
        UidRef,
        claim::{Claim, ClaimPhase, ClaimStatus, reason},
        instance::{Instance, InstancePhase},
        naming,
        plan::binding::{self, Decision, Rejection, Target, TemplateState, View},
    },
    testing::builders,
    time::Timestamp,
};

use super::State;

/// What the operator of a [`MemoryPlatform`](super::MemoryPlatform) does with a pending claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Script {
    /// It decides as the real one does; a new instance has got as far as this phase at once.
    Decide(InstancePhase),
    /// It is away: claims stay pending.
    Wait,
    /// It refuses every claim.
    Reject {
        /// One of the words of [`reason`](crate::environments::claim::reason).
        reason: &'static str,
        /// A sentence for people.
        message: String,
    },
}

/// Decides the pending claim of that name.
pub(super) fn decide(state: &mut State, name: &str, now: Timestamp) {
    let Some(claim) = state.claims.get(name).filter(|claim| claim.status.phase == ClaimPhase::Pending).cloned() else {
        return;
    };
    let status = match state.script.clone() {
        Script::Wait => return,
        Script::Reject { reason, message } => binding::rejected_status(&claim, &Rejection { reason, message }, now),
        Script::Decide(phase) => verdict(state, &claim, phase, now),
    };
    let version = state.next().to_string();
    if let Some(stored) = state.claims.get_mut(name) {
        let stored = Arc::make_mut(stored);
        (stored.status, stored.meta.version) = (status, version);
    }
}

/// What the operator's own plan says, over what the platform holds.
fn verdict(state: &mut State, claim: &Claim, phase: InstancePhase, now: Timestamp) -> ClaimStatus {
    let (target, terms) = match planned(state, claim) {
        Decision::Wait => return binding::waiting_status(claim, now),
        Decision::Reject(rejection) => return binding::rejected_status(claim, &rejection, now),
        Decision::Bind(target, terms) => (target, terms),
    };
    let named = |reference: &UidRef| state.instances.get(&reference.name).cloned();
    let instance = match &target {
        Target::New => Some(made(claim, phase)),
        Target::Member(member) => named(member).map(|member| claimed(&member, claim)),
        Target::Carrier(bare) | Target::Adopted(bare) => named(bare).map(|bare| owned(Instance::clone(&bare), claim)),
    };
    let Some(instance) = instance else { return claim.status.clone() };
    let status = started(binding::bound_status(claim, &instance, terms, now), &instance, now);
    state.instances.insert(instance.meta.key.name.clone(), Arc::new(instance));
    status
}

fn planned(state: &State, claim: &Claim) -> Decision {
    let entry = state.templates.get(&claim.template);
    let template = match entry {
        None => TemplateState::Missing,
        Some(entry) => entry.refused.as_deref().map_or(TemplateState::Usable(&entry.template), TemplateState::Refused),
    };
    let instances = || state.instances.values().filter(|instance| !instance.meta.is_deleting());
    let of_claim = |claim: &Claim| {
        let name = claim.status.instance.as_ref().map(|named| &named.name);
        name.and_then(|name| state.instances.get(name)).map(AsRef::as_ref)
    };
    let carries = |instance: &&Arc<Instance>| instance.claim.as_ref().is_some_and(|known| known.uid == claim.meta.uid);
    let others = state.claims.values().filter(|other| other.owner_id == claim.owner_id && other.meta != claim.meta);
    let own = |instance: &&Arc<Instance>| instance.is_bare() && instance.owner_id.as_ref() == Some(&claim.owner_id);
    let of_template = |member: &&Arc<Instance>| member.template == claim.template && member.is_available();
    let waiting = state.claims.values().filter(|other| {
        let waits = other.status.reason == reason::WAITING_FOR_POOL && other.is_pending();
        waits && other.template == claim.template && binding::place(&other.meta) < binding::place(&claim.meta)
    });
    binding::plan_binding(
        claim,
        &View {
            template,
            cordoned: entry.is_some_and(|entry| entry.marks.cordoned),
            settings: &state.settings,
            carriers: &instances().filter(carries).cloned().collect::<Vec<_>>(),
            adopts: claim.adopts.as_ref().and_then(|named| state.instances.get(&named.name)).map(AsRef::as_ref),
            holders: &others.filter(|other| binding::holds(other, of_claim(other), false)).cloned().collect::<Vec<_>>(),
            bare: &instances().filter(own).cloned().collect::<Vec<_>>(),
            available: &instances().filter(of_template).cloned().collect::<Vec<_>>(),
            ahead: waiting.count(),
        },
    )
}

fn made(claim: &Claim, phase: InstancePhase) -> Instance {
    let name = naming::instance_name_of_claim(&claim.owner, &claim.template, &claim.meta.uid);
    let instance = builders::instance(&name, &claim.template, phase);
    Instance { params: claim.params.clone(), claims: claim.claims.clone(), ..owned(instance, claim) }
}

fn claimed(member: &Instance, claim: &Claim) -> Instance {
    let mut instance = owned(member.clone(), claim);
    instance.status.phase = InstancePhase::Claimed;
    instance
}

fn owned(instance: Instance, claim: &Claim) -> Instance {
    Instance {
        owner: Some(claim.owner.clone()),
        owner_id: Some(claim.owner_id.clone()),
        claim: Some(claim.reference()),
        ..instance
    }
}

/// A usable environment's lifetime starts at once.
fn started(status: ClaimStatus, instance: &Instance, now: Timestamp) -> ClaimStatus {
    let started_at = instance.status.phase.is_usable().then_some(now);
    let end = |start| status.terms.and_then(|terms| terms.deadline(start, 0));
    ClaimStatus { started_at, expires_at: started_at.and_then(end), ..status }
}
