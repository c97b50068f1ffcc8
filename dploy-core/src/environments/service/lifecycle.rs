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
                Err(StoreError::Conflict) => claim = self.same(&claim, address).await?,
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
                Err(StoreError::Conflict) => claim = self.same(&claim, address).await?,
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
        let released = self.deleted(address, Arc::clone(&claim)).await;
        self.record_of(identity, address, DEEDS, released.as_ref().unwrap_or(&claim), Outcome::of(&released));
        released.map(drop)
    }

    /// Deletes the claim, or what has its name now where it was released elsewhere; gives what was deleted.
    async fn deleted(&self, address: Address<'_>, mut claim: Arc<Claim>) -> Result<Arc<Claim>, Error> {
        for _ in 0..ATTEMPTS {
            let was_there = self.claims.delete(&claim.reference()).await.map_err(refused_by_store)?;
            self.released.add(&claim.meta.uid);
            if was_there {
                return Ok(claim);
            }
            claim = self.reread(&claim, address).await?;
        }
        Err(Error::Conflict)
    }

    /// The same claim as it is now; one of another incarnation is another environment.
    async fn same(&self, claim: &Claim, address: Address<'_>) -> Result<Arc<Claim>, Error> {
        let found = self.reread(claim, address).await?;
        if found.meta.uid == claim.meta.uid { Ok(found) } else { Err(Error::NotFound(address.to_string())) }
    }

    /// The live claim that has the name of this one now.
    async fn reread(&self, claim: &Claim, address: Address<'_>) -> Result<Arc<Claim>, Error> {
        let found = self.stored_live(&claim.meta.key.name).await?;
        let own = |found: &Arc<Claim>| found.owner_id == claim.owner_id && found.template == claim.template;
        found.filter(own).ok_or_else(|| Error::NotFound(address.to_string()))
    }
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Unlimited => Error::Unlimited,
        Refusal::Exhausted(granted) => Error::ExtensionsExhausted(granted),
        Refusal::Capped(seconds) => Error::LifetimeExhausted(seconds),
    }
}
