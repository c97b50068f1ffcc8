//! Which claim a bare instance gets.

use std::collections::BTreeMap;

use crate::{
    environments::{
        UidRef,
        claim::Claim,
        instance::{Instance, InstanceStatus, reason},
        naming::claim_name,
        ports::NewClaim,
    },
    identity::OwnerKey,
    json::Json,
    time::Timestamp,
};

use super::claim::trouble;

/// What is done to give a bare instance its claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Adoption {
    /// Nothing: it has a claim, is ending, or its owner leaves nothing readable.
    None,
    /// Its claim exists; binding completes it.
    Waits,
    /// This claim is made for it.
    Create(Box<NewClaim>),
    /// A claim that has ended holds the name and goes first.
    Clear(UidRef),
    /// A live claim holds the name; the instance stays bare.
    Duplicate(String),
}

/// The name of the claim that `instance` would get.
#[must_use]
pub fn claim_name_of(instance: &Instance) -> Option<String> {
    let owner = OwnerKey::derive(instance.owner.as_deref()?)?;
    Some(claim_name(owner.as_str(), instance.owner_id.as_ref()?, &instance.template))
}

/// Decides what is done to give `instance` its claim, where `holder` has the name that its claim would get.
#[must_use]
pub fn plan_adoption(instance: &Instance, holder: Option<&Claim>) -> Adoption {
    // What an older version stored without a template is no environment that a claim could be for.
    if !instance.is_bare() || instance.meta.is_deleting() || instance.template.is_empty() {
        return Adoption::None;
    }
    match holder {
        None => new_claim(instance).map_or(Adoption::None, |claim| Adoption::Create(Box::new(claim))),
        Some(claim) if claim.adopts.as_ref() == Some(&instance.reference()) && claim.is_live() => Adoption::Waits,
        Some(claim) if claim.is_live() => Adoption::Duplicate(claim.meta.key.name.clone()),
        Some(claim) => Adoption::Clear(UidRef { name: claim.meta.key.name.clone(), uid: claim.meta.uid.clone() }),
    }
}

fn new_claim(instance: &Instance) -> Option<NewClaim> {
    Some(NewClaim {
        name: claim_name_of(instance)?,
        template: instance.template.clone(),
        owner: OwnerKey::derive(instance.owner.as_deref()?)?.as_str().to_owned(),
        owner_id: instance.owner_id.clone()?,
        params: BTreeMap::new(),
        claims: Json::default(),
        ttl_seconds: None,
        wait_for_pool: None,
        idempotency: None,
    })
}

/// The status of an instance that stays bare because the claim `holder` has its place, or no longer does.
#[must_use]
pub fn with_duplicate(
    instance: &Instance,
    mut status: InstanceStatus,
    holder: Option<&str>,
    now: Timestamp,
) -> InstanceStatus {
    let why = |name| (reason::DUPLICATE, format!("claim \"{name}\" is the owner's environment of this template"));
    status.duplicate = trouble(instance.status.duplicate.as_ref(), holder.map(why), now);
    status
}
