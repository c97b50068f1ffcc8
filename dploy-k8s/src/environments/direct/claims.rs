use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use dploy_core::{
    environments::{
        Metadata, ObjectKey, UidRef,
        claim::{Claim, ClaimPhase, ClaimStatus, reason},
        plan::direct::{Decision, decide},
        ports::{ClaimStore, NewClaim, StoreError},
    },
    id::{OwnerId, hex},
    time::Timestamp,
};
use kube::api::ListParams;

use crate::{
    cluster::{Error, Rule, labels},
    environments::{argocd::away::tell_what_stays, claims::failed},
    foreign::argocd::Application,
};

use super::{
    CLAIM, EXPIRES_AT, GROUP, LAST_ACTIVITY, OURS,
    objects::{self, Draft},
    platform::{Direct, foremost},
};

/// What reading and writing claims asks of the API server.
pub(super) const ACCESS: &[Rule] =
    &[Rule::new(GROUP, "applications", &["list", "create", "patch", "delete"]).at_argocd()];

/// How long a decision may take: it must end before the owner's Lease does.
const DECISION: Duration = Duration::from_secs(8);
/// How often another uuid is tried where its name is taken.
const ATTEMPTS: usize = 4;

/// The decision took longer than the owner's Lease allows.
#[derive(Debug, thiserror::Error)]
#[error("the decision took too long")]
struct Slow;

impl Direct {
    /// Our Applications that `selector` finds too, read consistently.
    async fn live(&self, selector: &str) -> Result<Vec<Application>, StoreError> {
        let params = ListParams::default().labels(&format!("{OURS},{selector}"));
        let found = self.api().list(&params).await.map_err(|error| StoreError::Unavailable(error.into()))?;
        Ok(found.items)
    }

    async fn owned(&self, owner: &OwnerId) -> Result<Vec<Claim>, StoreError> {
        let found = self.live(&format!("{}={}", labels::OWNER_ID, owner.as_str())).await?;
        Ok(found.iter().filter_map(|application| self.claim_of(application)).collect())
    }

    async fn decided(&self, new: &NewClaim) -> Result<Decision, StoreError> {
        let Some(environment) = self.environment(&new.template) else {
            let message = format!("template \"{}\" does not exist", new.template);
            return Ok(Decision::Refuse(reason::TEMPLATE_NOT_FOUND, message));
        };
        let owned = self.owned(&new.owner_id).await?;
        Ok(decide(new, &owned, &environment.template, &self.settings, self.clock.now()))
    }

    /// Decides and makes the environment; the owner's Lease is held.
    async fn make(&self, new: &NewClaim) -> Result<Claim, StoreError> {
        match self.decided(new).await? {
            Decision::Exists => Err(StoreError::AlreadyExists),
            Decision::Refuse(why, message) => Ok(self.refused(new, why, message)),
            Decision::Create { terms, expires_at } => {
                let environment = self.environment(&new.template).ok_or(StoreError::Conflict)?;
                let uid = hex(&rand::random::<[u8; 16]>());
                for _ in 0..ATTEMPTS {
                    let uuid = hex(&rand::random::<[u8; 4]>());
                    let draft = Draft { environment, claim: new, uuid: &uuid, uid: &uid, terms, expires_at };
                    match self.applications.create(&objects::application(&draft, &self.settings)).await {
                        Ok(made) => return self.claim_of(&made).ok_or(StoreError::Conflict),
                        Err(Error::AlreadyExists { .. }) => {}
                        Err(error) => return Err(failed(error)),
                    }
                }
                Err(StoreError::Conflict)
            }
        }
    }

    /// What the caller is shown of a request that was refused; it is stored nowhere.
    fn refused(&self, new: &NewClaim, why: &str, message: String) -> Claim {
        let meta = Metadata {
            key: ObjectKey::new(self.settings.argocd.namespace.clone(), new.name.clone()),
            uid: hex(&rand::random::<[u8; 16]>()),
            version: String::new(),
            created: self.clock.now(),
            deleting_since: None,
        };
        let (phase, reason) = (ClaimPhase::Rejected, why.to_owned());
        new.claim(meta, ClaimStatus { phase, reason, message, ..ClaimStatus::default() })
    }

    /// Annotates the Application of a live claim under the version of the claim.
    async fn note(&self, claim: &Claim, notes: BTreeMap<&str, String>) -> Result<Claim, StoreError> {
        let live = self.find_application(&claim.reference()).await?;
        let is_live = |found: &Application| self.claim_of(found).is_some_and(|claim| claim.is_live());
        let Some(live) = live.filter(is_live) else { return Err(StoreError::Conflict) };
        let noted = self.applications.annotate(&live, &claim.meta.version, &notes).await.map_err(failed)?;
        self.claim_of(&noted).ok_or(StoreError::Conflict)
    }

    async fn find_application(&self, claim: &UidRef) -> Result<Option<Application>, StoreError> {
        let same = |found: &Application| found.metadata.uid.as_ref() == Some(&claim.uid);
        if let Some(cached) = self.cached(&claim.name).into_iter().find(|found| same(found)) {
            return Ok(Some((*cached).clone()));
        }
        Ok(self.live(&format!("{CLAIM}={}", claim.name)).await?.into_iter().find(same))
    }
}

#[async_trait]
impl ClaimStore for Direct {
    async fn find(&self, name: &str) -> Result<Option<Claim>, StoreError> {
        let found = self.live(&format!("{CLAIM}={name}")).await?;
        // What is on its way out holds no name: a new one has another.
        let live = found.iter().filter_map(|application| self.claim_of(application)).filter(Claim::is_live);
        Ok(foremost(live))
    }

    /// What is refused without the owner's Lease would be refused with it; only what is made needs it.
    async fn create(&self, new: &NewClaim) -> Result<Claim, StoreError> {
        let mut turn = self.leases.turn(&new.owner_id);
        let held = loop {
            match self.decided(new).await? {
                Decision::Exists => return Err(StoreError::AlreadyExists),
                Decision::Refuse(why, message) => return Ok(self.refused(new, why, message)),
                Decision::Create { .. } => {}
            }
            if let Some(held) = turn.take().await.map_err(|busy| StoreError::Unavailable(busy.into()))? {
                break held;
            }
        };
        match tokio::time::timeout(DECISION, self.make(new)).await {
            Ok(made) => {
                held.release().await;
                made
            }
            // The write may still be on its way, so the Lease is left to run out.
            Err(_) => Err(StoreError::Unavailable(Slow.into())),
        }
    }

    async fn extend(&self, claim: &Claim, extensions: u32) -> Result<Claim, StoreError> {
        let started = claim.status.started_at.unwrap_or(claim.meta.created);
        let Some(end) = claim.status.terms.and_then(|terms| terms.deadline(started, extensions)) else {
            return Err(StoreError::Refused("the environment lives for ever".to_owned()));
        };
        let notes = [(EXPIRES_AT, end.whole_seconds().to_string()), (labels::EXTEND_COUNT, extensions.to_string())];
        self.note(claim, BTreeMap::from(notes)).await
    }

    async fn note_activity(&self, claim: &Claim, at: Timestamp) -> Result<Claim, StoreError> {
        self.note(claim, BTreeMap::from([(LAST_ACTIVITY, at.to_string())])).await
    }

    async fn delete(&self, claim: &UidRef) -> Result<bool, StoreError> {
        let found = self.find_application(claim).await?;
        // One that is on its way out was released before.
        let Some(application) = found.filter(|found| found.metadata.deletion_timestamp.is_none()) else {
            return Ok(false);
        };
        match self.applications.delete_uid(&application).await {
            Ok(true) => tell_what_stays(&application),
            Ok(false) | Err(Error::Conflict { .. } | Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(failed(error)),
        }
        Ok(true)
    }
}
