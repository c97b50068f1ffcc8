//! What API and CLI call: ask for an environment, look at it, extend it, release it.
//!
//! The service only ever writes claims; the operator's leader decides about them. It reads from an [`Observer`], which may
//! lag behind, and asks the [`ClaimStore`] once before it denies that something exists. What it gives or ends is what is
//! stored, whatever the observer shows.
//!
//! ```text
//! owners       whom a caller may act as
//! address      which environment is meant
//! lookup       the live claim that is meant
//! create       check the request, claim, answer
//! obtain       one claim of that name: made, or another request's
//! seen         wait until the operator has decided
//! lifecycle    extend, release
//! environment  what a caller sees of a claim
//! administration  marks on templates, and who did what
//! catalog      what can be asked for, and the administrators' lists
//! memory       what this replica has answered and must not take back
//! ```

mod address;
mod administration;
mod catalog;
mod create;
mod environment;
mod lifecycle;
mod lookup;
mod memory;
mod obtain;
mod owners;
mod seen;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{identity::Identity, time::Clock};

use super::{
    audit::{Audit, NoAudit, TemplateMarker},
    claim::Claim,
    error::Error,
    ports::{ClaimStore, Observer, StoreError},
};

pub use address::Address;
pub use catalog::{CatalogEntry, TemplateRow};
pub use create::Request;
pub use environment::{Environment, Phase};

/// The use cases of one namespace.
///
/// Made once per process and shared: it remembers which claims it released, so that a lagging cache does not show them
/// again.
#[derive(Debug)]
pub struct Environments {
    observer: Arc<dyn Observer>,
    claims: Arc<dyn ClaimStore>,
    clock: Arc<dyn Clock>,
    options: Options,
    marker: Option<Arc<dyn TemplateMarker>>,
    audit: Arc<dyn Audit>,
    released: memory::Released,
    refusals: memory::Refusals,
}

/// What an installation chooses about the use cases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How long a create waits for the operator before it answers that the environment is pending.
    pub claim_wait: Duration,
    /// Whether objects without an owner id also belong to the caller whose readable name they carry, as in the original.
    /// That rule is not injective: `john.doe` and `john-doe` share such objects.
    pub legacy_owners: bool,
    /// The token claims that mean the person where a template names one of them as its owner claim.
    pub personal_claims: BTreeSet<String>,
}

impl Default for Options {
    /// Two seconds, no legacy owners, and `sub` as the person's claim.
    fn default() -> Self {
        Self {
            claim_wait: Duration::from_secs(2),
            legacy_owners: false,
            personal_claims: BTreeSet::from(["sub".to_owned()]),
        }
    }
}

impl Environments {
    /// The use cases over what `observer` sees and `claims` stores.
    #[must_use]
    pub fn new(
        observer: Arc<dyn Observer>,
        claims: Arc<dyn ClaimStore>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Self {
        let (released, refusals) = (memory::Released::default(), memory::Refusals::default());
        Self { observer, claims, clock, options, marker: None, audit: Arc::new(NoAudit), released, refusals }
    }

    /// Administrators can mark templates through `marker`; without this they cannot.
    #[must_use]
    pub fn with_marker(self, marker: Arc<dyn TemplateMarker>) -> Self {
        Self { marker: Some(marker), ..self }
    }

    /// What callers do is kept in `audit`; without this it is not kept.
    #[must_use]
    pub fn with_audit(self, audit: Arc<dyn Audit>) -> Self {
        Self { audit, ..self }
    }

    /// Whether the platform answers; a live look, bounded by a few seconds.
    pub async fn ready(&self) -> bool {
        self.observer.ready().await
    }

    /// The live environments of the caller: their own, and those of their groups, in the order of template and owner.
    #[must_use]
    pub fn list(&self, identity: &Identity) -> Vec<Environment> {
        let ids = self.ids(&self.owners(identity, None));
        self.described(identity, self.observer.claims_of(&ids))
    }

    /// What the caller sees of the live ones among the claims.
    fn described(&self, identity: &Identity, claims: Vec<Arc<Claim>>) -> Vec<Environment> {
        let mut live: Vec<_> = claims.into_iter().filter(|claim| self.is_live(claim)).collect();
        live.sort_by(|a, b| (&a.template, &a.owner, &a.meta.key.name).cmp(&(&b.template, &b.owner, &b.meta.key.name)));
        let surroundings = environment::Surroundings::new(&*self.observer);
        live.iter().map(|claim| self.describe(identity, claim, &surroundings)).collect()
    }

    /// How many live environments an owner may have where a template says nothing else.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.observer.settings().max_instances_per_user
    }

    /// An environment as it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none or the caller may not know of it, [`Error::ForeignOwner`] where the owner
    /// that they select is not one of theirs, [`Error::AdminRequired`].
    pub async fn status(&self, identity: &Identity, address: Address<'_>) -> Result<Environment, Error> {
        let claim = self.live(identity, address).await?;
        Ok(self.describe(identity, &claim, &environment::Surroundings::new(&*self.observer)))
    }
}

/// What a failure of the store means to a caller.
fn refused_by_store(error: StoreError) -> Error {
    match error {
        StoreError::AlreadyExists | StoreError::Conflict => Error::Conflict,
        StoreError::Refused(message) => Error::Refused(message),
        StoreError::Unavailable(cause) => Error::Unavailable(cause),
    }
}
