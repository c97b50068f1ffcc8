use std::sync::Arc;

use crate::{
    environments::{
        claim::{Claim, ClaimPhase},
        error::Error,
        naming::claim_name,
    },
    identity::{Identity, Owner},
    name::is_subdomain,
};

use super::{Environments, address::Address, catalog::require_admin, owners::Owners, refused_by_store};

/// How many of a caller's owners are asked for at the store before an environment counts as absent.
const LIVE_READS: usize = 8;

impl Environments {
    /// Whether the template `name` declares a parameter called `parameter`.
    #[must_use]
    pub fn declares(&self, name: &str, parameter: &str) -> bool {
        self.observer
            .template(name)
            .is_some_and(|entry| entry.template.parameters.iter().any(|known| known.name == parameter))
    }

    /// The live claim that is meant, if the caller may know of it.
    pub(super) async fn live(&self, identity: &Identity, address: Address<'_>) -> Result<Arc<Claim>, Error> {
        let found = match address {
            Address::Template { name, owner } => {
                let entry = self.observer.template(name);
                let owners = self.owners(identity, entry.as_ref().map(|entry| &*entry.template));
                self.find_live(&self.narrowed(identity, owners, owner)?, name).await?
            }
            Address::Id(id) => {
                let own = self.ids(&self.owners(identity, None));
                self.find_by_id(id).await?.filter(|claim| own.contains(&claim.owner_id))
            }
            Address::AnyId(id) => {
                require_admin(identity)?;
                self.find_by_id(id).await?
            }
        };
        found.ok_or_else(|| Error::NotFound(address.to_string()))
    }

    /// The live claim of that id: as cached, else as the store has it.
    async fn find_by_id(&self, id: &str) -> Result<Option<Arc<Claim>>, Error> {
        if !is_subdomain(id) {
            return Ok(None);
        }
        if let Some(claim) = self.observer.claim(id).filter(|claim| self.is_live(claim)) {
            return Ok(Some(claim));
        }
        self.stored_live(id).await
    }

    /// The live claim of that name as the store has it.
    pub(super) async fn stored_live(&self, name: &str) -> Result<Option<Arc<Claim>>, Error> {
        let found = self.claims.find(name).await.map_err(refused_by_store)?;
        Ok(found.filter(|claim| self.is_live(claim)).map(Arc::new))
    }

    /// The live claim of the first of `owners` that has one: as cached, else as the store has it.
    pub(super) async fn find_live(&self, owners: &Owners, template: &str) -> Result<Option<Arc<Claim>>, Error> {
        if let Some(claim) = self.cached(owners, template) {
            return Ok(Some(claim));
        }
        for owner in owners.iter().take(LIVE_READS) {
            if let Some(claim) = self.stored(owner, template).await? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    /// The live claim of `owner`, as the store has it: what a replica that lags behind shows may be released elsewhere.
    pub(super) async fn find_stored(&self, owner: &Owner, template: &str) -> Result<Option<Arc<Claim>>, Error> {
        if let Some(claim) = self.stored(owner, template).await? {
            return Ok(Some(claim));
        }
        // One that was made by hand may have another name.
        let shown = self.cached(&Owners::one(owner.clone()), template);
        let named = claim_name(owner.key.as_str(), &owner.id, template);
        match shown.filter(|claim| claim.meta.key.name != named) {
            Some(claim) => {
                Ok(self.stored_live(&claim.meta.key.name).await?.filter(|found| found.meta.uid == claim.meta.uid))
            }
            None => Ok(None),
        }
    }

    /// Whether the claim is live and this process did not release it.
    pub(super) fn is_live(&self, claim: &Claim) -> bool {
        claim.is_live() && !self.released.contains(&claim.meta.uid)
    }

    fn cached(&self, owners: &Owners, template: &str) -> Option<Arc<Claim>> {
        let claims = self.observer.claims_of(&self.ids(owners));
        let live: Vec<_> =
            claims.into_iter().filter(|claim| claim.template == template && self.is_live(claim)).collect();
        owners.iter().find_map(|owner| {
            let own = live.iter().filter(|claim| self.belongs(&claim.owner_id, owner));
            own.min_by_key(|claim| (claim.status.phase != ClaimPhase::Bound, claim.meta.created, &claim.meta.key.name))
                .cloned()
        })
    }

    async fn stored(&self, owner: &Owner, template: &str) -> Result<Option<Arc<Claim>>, Error> {
        let name = claim_name(owner.key.as_str(), &owner.id, template);
        let own = |claim: &Arc<Claim>| claim.template == template && claim.owner_id == owner.id;
        Ok(self.stored_live(&name).await?.filter(own))
    }
}
