use std::sync::Arc;

use crate::{
    environments::{
        audit::{Deed, Outcome},
        claim::Claim,
        error::Error,
        lifetime::Refusal,
        ports::StoreError,
    },
    identity::Identity,
};

use super::{Address, Environment, Environments, environment::Surroundings, refused_by_store};

/// How often a write is repeated where something else has changed the claim in between.
const ATTEMPTS: usize = 8;

impl Environments {
    /// Extends an environment once and returns it with its new end.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ForeignOwner`]; [`Error::Unlimited`] where it does not expire,
    /// [`Error::ExtensionsExhausted`] where all extensions were used, [`Error::LifetimeExhausted`] where it lives as long
    /// as it may already, [`Error::Conflict`] where others keep changing it.
    pub async fn extend(&self, identity: &Identity, address: Address<'_>) -> Result<Environment, Error> {
        const DEEDS: [Deed; 2] = [Deed::Extended, Deed::ExtendedByAdmin];
        let claim = self.live(identity, address).await;
        let claim = self.record_denial(identity, address, DEEDS, claim)?;
        let extended = self.extended(identity, address, Arc::clone(&claim)).await;
        self.record_of(identity, address, DEEDS, &claim, Outcome::of(&extended));
        extended
    }

    async fn extended(
        &self,
        identity: &Identity,
        address: Address<'_>,
        mut claim: Arc<Claim>,
    ) -> Result<Environment, Error> {
        for _ in 0..ATTEMPTS {
            let around = Surroundings::new(&*self.observer);
            let extensions = around.terms(&claim).extend(claim.extensions).map_err(refused)?;
            match self.claims.extend(&claim, extensions).await {
                Ok(extended) => return Ok(self.describe(identity, &extended, &around)),
                Err(StoreError::Conflict) => claim = self.reread(&claim, address).await?,
                Err(error) => return Err(refused_by_store(error)),
            }
        }
        Err(Error::Conflict)
    }

    /// Notes that an environment is used, so that it does not end as idle. Of much activity only some is written.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ForeignOwner`]; [`Error::Conflict`] where others keep changing it.
    pub async fn note_activity(&self, identity: &Identity, address: Address<'_>) -> Result<(), Error> {
        let mut claim = self.live(identity, address).await?;
        for _ in 0..ATTEMPTS {
            let (now, terms) = (self.clock.now(), Surroundings::new(&*self.observer).terms(&claim));
            if !claim.last_use().is_some_and(|last| terms.is_noted(last, now)) {
                return Ok(());
            }
            match self.claims.note_activity(&claim, now.whole_seconds()).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict) => claim = self.reread(&claim, address).await?,
                Err(error) => return Err(refused_by_store(error)),
            }
        }
        Err(Error::Conflict)
    }

    /// Releases an environment; its teardown goes on afterwards.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a second call; [`Error::ForeignOwner`].
    pub async fn release(&self, identity: &Identity, address: Address<'_>) -> Result<(), Error> {
        const DEEDS: [Deed; 2] = [Deed::Released, Deed::ReleasedByAdmin];
        let claim = self.live(identity, address).await;
        let claim = self.record_denial(identity, address, DEEDS, claim)?;
        let released = self.claims.delete(&claim.reference()).await.map_err(refused_by_store);
        if released.is_ok() {
            self.released.add(&claim.meta.uid);
        }
        self.record_of(identity, address, DEEDS, &claim, Outcome::of(&released));
        released
    }

    /// The same claim as it is now; one of another incarnation is another environment.
    async fn reread(&self, claim: &Claim, address: Address<'_>) -> Result<Arc<Claim>, Error> {
        let found = self.claims.find(&claim.meta.key.name).await.map_err(refused_by_store)?;
        let same = |found: &Claim| found.meta.uid == claim.meta.uid && self.is_live(found);
        found.filter(same).map(Arc::new).ok_or_else(|| Error::NotFound(address.to_string()))
    }
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Unlimited => Error::Unlimited,
        Refusal::Exhausted(granted) => Error::ExtensionsExhausted(granted),
        Refusal::Capped(seconds) => Error::LifetimeExhausted(seconds),
    }
}
