//! The API's door for writes: claims of one namespace.

use async_trait::async_trait;
use dploy_core::environments::{
    UidRef,
    claim::Claim,
    ports::{ClaimStore, NewClaim, StoreError},
};
use dploy_core::{error::chain, time::Timestamp};

use crate::{
    api::{DployInstanceClaim, DployInstanceClaimSpec, GROUP},
    cluster::{Error, ObjectKey as Key, Rule, Store},
};

use super::convert;

/// What the API's writes ask of the API server.
pub(super) const ACCESS: &[Rule] =
    &[Rule::new(GROUP, "dployinstanceclaims", &["get", "create", "update", "delete"]).at_home()];

/// Claims of one namespace on Kubernetes.
#[derive(Clone)]
pub struct KubernetesClaims {
    claims: Store<DployInstanceClaim>,
    namespace: String,
}

impl std::fmt::Debug for KubernetesClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KubernetesClaims").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl KubernetesClaims {
    /// The claims of `namespace`, written through `claims`; share its cache with the
    /// [`KubernetesObserver`](super::KubernetesObserver), so that it sees what is written here at once.
    #[must_use]
    pub fn new(claims: Store<DployInstanceClaim>, namespace: impl Into<String>) -> Self {
        Self { claims, namespace: namespace.into() }
    }

    fn key(&self, name: &str) -> Key {
        Key::namespaced(&self.namespace, name)
    }

    /// Changes a claim under the version that was read.
    async fn edit(
        &self,
        claim: &Claim,
        change: impl FnOnce(&mut DployInstanceClaimSpec) + Send,
    ) -> Result<Claim, StoreError> {
        let key = self.key(&claim.meta.key.name);
        let live = match self
            .claims
            .cache()
            .get(&key)
            .filter(|live| convert::metadata(&live.metadata).version == claim.meta.version)
        {
            Some(live) => live,
            None => self.claims.get_live(&key).await.map_err(failed)?.ok_or(StoreError::Conflict)?,
        };
        let meta = convert::metadata(&live.metadata);
        if meta.version != claim.meta.version || meta.uid != claim.meta.uid {
            return Err(StoreError::Conflict);
        }
        let mut desired = DployInstanceClaim::clone(&live);
        change(&mut desired.spec);
        let written = self.claims.replace(&live, &desired).await.map_err(failed)?;
        Ok(convert::claim(written.object()))
    }
}

#[async_trait]
impl ClaimStore for KubernetesClaims {
    async fn find(&self, name: &str) -> Result<Option<Claim>, StoreError> {
        let found = self.claims.get_live(&self.key(name)).await.map_err(failed)?;
        Ok(found.map(|object| convert::claim(&object)))
    }

    async fn create(&self, claim: &NewClaim) -> Result<Claim, StoreError> {
        let created = self.claims.create(&convert::claim_object(&self.namespace, claim)).await.map_err(failed)?;
        Ok(convert::claim(&created))
    }

    async fn extend(&self, claim: &Claim, extensions: u32) -> Result<Claim, StoreError> {
        self.edit(claim, |spec| spec.extensions = i64::from(extensions)).await
    }

    async fn note_activity(&self, claim: &Claim, at: Timestamp) -> Result<Claim, StoreError> {
        self.edit(claim, |spec| spec.last_activity_at = Some(convert::time(at))).await
    }

    async fn delete(&self, claim: &UidRef) -> Result<bool, StoreError> {
        let key = self.key(&claim.name);
        let cached = self.claims.cache().get(&key).filter(|live| live.metadata.uid.as_ref() == Some(&claim.uid));
        let live = match cached {
            Some(live) => live,
            None => match self.claims.get_live(&key).await.map_err(failed)? {
                Some(live) if live.metadata.uid.as_ref() == Some(&claim.uid) => live,
                _ => return Ok(false),
            },
        };
        match self.claims.delete_uid(&live).await {
            // Another incarnation has the name: the one meant is gone.
            Err(Error::Conflict { .. } | Error::NotFound { .. }) => Ok(false),
            deleted => deleted.map_err(failed),
        }
    }
}

pub(super) fn failed(error: Error) -> StoreError {
    match error {
        Error::AlreadyExists { .. } => StoreError::AlreadyExists,
        Error::Conflict { .. } | Error::NotFound { .. } => StoreError::Conflict,
        Error::Invalid { .. } => StoreError::Refused(chain(&error)),
        error => StoreError::Unavailable(Box::new(error)),
    }
}
