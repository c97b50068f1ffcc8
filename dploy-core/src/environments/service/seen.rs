use std::{sync::Arc, time::Duration};

use crate::{
    environments::{
        claim::{Claim, ClaimPhase},
        error::Error,
    },
    time::Timestamp,
};

use super::{Environments, refused_by_store};

/// How often a waiter looks, so that a clock that stands still or an eager observer cannot hold it.
const LOOKS: usize = 16;

/// How a waiter came by the claim that it waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Freshness {
    /// Written by this process: the observer shows it.
    Own,
    /// Read from the store: the observer may not show it yet.
    Live,
}

/// What a waiter saw.
#[derive(Debug)]
pub(super) enum Seen {
    /// It is bound, or not decided in time.
    Standing(Arc<Claim>),
    /// The operator refused it.
    Refused(Arc<Claim>),
    /// It ended or was removed.
    Gone,
}

impl Environments {
    /// Waits, from `since` at most the configured time, until the operator has decided about the claim.
    pub(super) async fn decided(
        &self,
        claim: Arc<Claim>,
        freshness: Freshness,
        since: Timestamp,
    ) -> Result<Seen, Error> {
        let mut latest = claim;
        let mut may_be_unseen = freshness == Freshness::Live;
        for _ in 0..LOOKS {
            if let Some(seen) = seen_of(&latest) {
                return Ok(seen);
            }
            let cached = self.observer.claim(&latest.meta.key.name);
            let seen = cached.as_ref().filter(|cached| cached.meta.uid == latest.meta.uid);
            match seen {
                Some(seen) if seen.meta.version != latest.meta.version => {
                    latest = seen.clone();
                    continue;
                }
                Some(_) => {}
                None if may_be_unseen => may_be_unseen = false,
                None => match self.missed(&latest).await? {
                    Some(stored) => latest = stored,
                    None => return Ok(self.remembered(&latest)),
                },
            }
            let left = self.left(since);
            if left.is_zero() {
                break;
            }
            let version = cached.as_ref().map(|cached| cached.meta.version.as_str());
            self.observer.changed(&latest.meta.key.name, version, left).await;
        }
        Ok(Seen::Standing(latest))
    }

    /// The claim as stored, where the observer shows another or none of its name.
    async fn missed(&self, claim: &Claim) -> Result<Option<Arc<Claim>>, Error> {
        let stored = self.claims.find(&claim.meta.key.name).await.map_err(refused_by_store)?;
        Ok(stored.filter(|stored| stored.meta.uid == claim.meta.uid).map(Arc::new))
    }

    /// Another waiter may have seen the claim refused and removed it before this one looked.
    fn remembered(&self, claim: &Claim) -> Seen {
        self.refusals.find(&claim.meta.uid).map_or(Seen::Gone, Seen::Refused)
    }

    fn left(&self, since: Timestamp) -> Duration {
        self.options.claim_wait.saturating_sub(since.until(self.clock.now()))
    }
}

fn seen_of(claim: &Arc<Claim>) -> Option<Seen> {
    match claim.status.phase {
        ClaimPhase::Rejected => Some(Seen::Refused(claim.clone())),
        ClaimPhase::Expired => Some(Seen::Gone),
        _ if claim.meta.is_deleting() => Some(Seen::Gone),
        ClaimPhase::Bound => Some(Seen::Standing(claim.clone())),
        ClaimPhase::Pending => None,
    }
}
