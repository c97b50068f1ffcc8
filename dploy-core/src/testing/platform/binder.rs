use std::sync::Arc;

use crate::{
    environments::{
        UidRef,
        claim::{Claim, ClaimPhase, ClaimStatus, reason},
        instance::{Instance, InstancePhase},
        naming, parameter,
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
        /// One of the words of [`reason`].
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
        Script::Reject { reason, message } => rejected(reason, message),
        Script::Decide(phase) => {
            verdict(state, &claim, phase, now).unwrap_or_else(|refusal| rejected(refusal.0, refusal.1))
        }
    };
    let version = state.next().to_string();
    if let Some(stored) = state.claims.get_mut(name) {
        let stored = Arc::make_mut(stored);
        (stored.status, stored.meta.version) = (status, version);
    }
}

/// A word of [`reason`] and a sentence.
struct Refusal(&'static str, String);

fn verdict(
    state: &mut State,
    claim: &Arc<Claim>,
    phase: InstancePhase,
    now: Timestamp,
) -> Result<ClaimStatus, Refusal> {
    let entry = state.templates.get(&claim.template).cloned();
    let template = entry.ok_or_else(|| Refusal(reason::TEMPLATE_NOT_FOUND, String::new()))?.template;
    if !template.enabled {
        return Err(Refusal(reason::TEMPLATE_DISABLED, String::new()));
    }
    let bound = |other: &Claim| other.owner_id == claim.owner_id && other.status.phase == ClaimPhase::Bound;
    let held: Vec<_> = state.claims.values().filter(|other| bound(other)).cloned().collect();
    if let Some(other) = held.iter().find(|other| other.template == claim.template) {
        return Err(Refusal(reason::DUPLICATE, format!("\"{}\" is the owner's environment", other.meta.key.name)));
    }
    let limit = state.settings.quota(&template);
    if held.len() >= limit as usize {
        return Err(Refusal(reason::QUOTA_EXCEEDED, format!("Maximum {limit} environments allowed")));
    }
    parameter::resolve(&template.parameters, &claim.params)
        .map_err(|error| Refusal(reason::INVALID_PARAMS, error.to_string()))?;
    let instance = match template.pool() {
        None => made(claim, phase),
        Some(_) => {
            let free =
                state.instances.values().find(|member| member.template == template.name && member.is_available());
            let member = free.ok_or_else(|| Refusal(reason::POOL_EXHAUSTED, String::new()))?;
            claimed(member, claim)
        }
    };
    let status = bound_to(&instance, state.settings.terms(&template), now);
    state.instances.insert(instance.meta.key.name.clone(), Arc::new(instance));
    Ok(status)
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

fn bound_to(instance: &Instance, terms: crate::environments::lifetime::Terms, now: Timestamp) -> ClaimStatus {
    let started_at = instance.status.phase.is_usable().then_some(now);
    ClaimStatus {
        phase: ClaimPhase::Bound,
        reason: reason::BOUND.to_owned(),
        instance: Some(UidRef { name: instance.meta.key.name.clone(), uid: instance.meta.uid.clone() }),
        connection: instance.status.connection.clone(),
        bound_at: Some(now),
        started_at,
        terms: Some(terms),
        expires_at: started_at.and_then(|start| terms.deadline(start, 0)),
        ..ClaimStatus::default()
    }
}

fn rejected(reason: &str, message: String) -> ClaimStatus {
    ClaimStatus { phase: ClaimPhase::Rejected, reason: reason.to_owned(), message, ..ClaimStatus::default() }
}
