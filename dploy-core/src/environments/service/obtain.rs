use std::{sync::Arc, time::Duration};

use crate::{
    environments::{
        audit::{Deed, Outcome, Subject},
        claim::{Claim, ClaimPhase},
        error::Error,
        naming::claim_name,
        ports::{NewClaim, StoreError},
    },
    identity::Identity,
    time::Timestamp,
};

use super::{
    Environments, refused_by_store,
    seen::{Freshness, Seen},
};

/// How often a claim is asked for anew where others take it away in between.
const ATTEMPTS: usize = 8;
/// How long an attempt waits for a claim that is on its way out.
const ON_ITS_WAY_OUT: Duration = Duration::from_millis(250);

/// What became of asking for a claim.
#[derive(Debug)]
pub(super) enum Obtained {
    /// It is bound, or not decided yet.
    Standing(Arc<Claim>),
    /// The operator refused it; it is removed.
    Refused(Arc<Claim>),
}

/// The claim's name is held by another owner or template: two hashes met.
#[derive(Debug, thiserror::Error)]
#[error("claim \"{0}\" belongs to another owner or template")]
struct Collision(String);

impl Environments {
    /// The claim that `new` describes: made here, or by another request of its owner.
    pub(super) async fn obtain(
        &self,
        identity: &Identity,
        new: &NewClaim,
        since: Timestamp,
    ) -> Result<Obtained, Error> {
        for _ in 0..ATTEMPTS {
            let (claim, freshness) = match self.claims.create(new).await {
                Ok(claim) => {
                    // Where the store decides by itself, a claim that it refuses was never made.
                    if claim.status.phase != ClaimPhase::Rejected {
                        let subject = Subject::Environment(claim.reference(), claim.template.clone());
                        self.record(identity, Deed::Created, subject, Outcome::Done);
                    }
                    (Arc::new(claim), Freshness::Own)
                }
                Err(StoreError::AlreadyExists) => match self.holder(new).await? {
                    Some(claim) => (Arc::new(claim), Freshness::Live),
                    None => continue,
                },
                Err(error) => return Err(refused_by_store(error)),
            };
            if let Some(obtained) = self.obtained(claim, freshness, since).await? {
                return Ok(obtained);
            }
        }
        Err(Error::Conflict)
    }

    /// What becomes of a claim that exists already; `None` where it went away meanwhile.
    pub(super) async fn settled(&self, claim: Arc<Claim>, since: Timestamp) -> Result<Option<Obtained>, Error> {
        self.obtained(claim, Freshness::Live, since).await
    }

    async fn obtained(
        &self,
        claim: Arc<Claim>,
        freshness: Freshness,
        since: Timestamp,
    ) -> Result<Option<Obtained>, Error> {
        Ok(match self.decided(claim, freshness, since).await? {
            Seen::Standing(claim) => Some(Obtained::Standing(claim)),
            Seen::Refused(claim) => Some(self.removed(claim).await),
            Seen::Gone => None,
        })
    }

    /// The live claim that holds the name; one that has ended is removed to make room.
    async fn holder(&self, new: &NewClaim) -> Result<Option<Claim>, Error> {
        let Some(claim) = self.claims.find(&new.name).await.map_err(refused_by_store)? else { return Ok(None) };
        if claim.owner_id != new.owner_id || claim.template != new.template {
            return Err(Error::Internal(Box::new(Collision(new.name.clone()))));
        }
        if claim.meta.is_deleting() {
            self.observer.changed(&new.name, Some(&claim.meta.version), ON_ITS_WAY_OUT).await;
            return Ok(None);
        }
        if matches!(claim.status.phase, ClaimPhase::Rejected | ClaimPhase::Expired) {
            self.claims.delete(&claim.reference()).await.map_err(refused_by_store)?;
            return Ok(None);
        }
        Ok(Some(claim))
    }

    /// Removes a refused claim that a request made, so that the next one starts anew; one that somebody made by hand is
    /// left for them to read. Where that fails the next request, or the operator after a while, removes it; this one's
    /// answer stays the same.
    async fn removed(&self, claim: Arc<Claim>) -> Obtained {
        self.refusals.add(&claim);
        if claim.meta.key.name == claim_name(&claim.owner, &claim.owner_id, &claim.template) {
            let _ = self.claims.delete(&claim.reference()).await;
        }
        Obtained::Refused(claim)
    }
}
