//! What API and CLI call: ask for an environment, look at it, extend it, release it.
//!
//! The service only ever writes claims; the operator's leader decides about them. It reads from an [`Observer`], which may
//! lag behind, and asks the [`ClaimStore`] once before it denies that something exists.
//!
//! ```text
//! owners       whom a caller may act as
//! lookup       the live claim of an owner and a template
//! create       check the request, claim, answer
//! obtain       one claim of that name: made, or another request's
//! outcome      wait until the operator has decided
//! lifecycle    extend, release
//! environment  what a caller sees of a claim
//! catalog      what can be asked for, and the administrators' lists
//! memory       what this replica has answered and must not take back
//! ```

mod catalog;
mod create;
mod environment;
mod lifecycle;
mod lookup;
mod memory;
mod obtain;
mod outcome;
mod owners;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{identity::Identity, time::Clock};

use super::{
    error::Error,
    ports::{ClaimStore, Observer, StoreError},
};

pub use catalog::{CatalogEntry, TemplateRow};
pub use create::Request;
pub use environment::Environment;

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
        Self { observer, claims, clock, options, released, refusals }
    }

    /// Whether the platform answers; a live look, bounded by a few seconds.
    pub async fn ready(&self) -> bool {
        self.observer.ready().await
    }

    /// The live environments of the caller: their own, and those of their groups, in the order of template and owner.
    #[must_use]
    pub fn list(&self, identity: &Identity) -> Vec<Environment> {
        let ids = self.ids(&self.owners(identity, None));
        let mut live: Vec<_> = self.observer.claims_of(&ids).into_iter().filter(|claim| self.is_live(claim)).collect();
        live.sort_by(|a, b| (&a.template, &a.owner, &a.meta.key.name).cmp(&(&b.template, &b.owner, &b.meta.key.name)));
        let surroundings = environment::Surroundings::new(&*self.observer);
        live.iter().map(|claim| self.describe(identity, claim, &surroundings)).collect()
    }

    /// How many live environments an owner may have where a template says nothing else.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.observer.settings().max_instances_per_user
    }

    /// The caller's environment of template `name`.
    ///
    /// `owner` selects one of the caller's owners; without it the first that has a live environment is meant.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none, [`Error::ForeignOwner`] where `owner` is not one of the caller's.
    pub async fn status(&self, identity: &Identity, name: &str, owner: Option<&str>) -> Result<Environment, Error> {
        let claim = self.live(identity, name, owner).await?;
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
