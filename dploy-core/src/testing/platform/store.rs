use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    environments::{
        Metadata, ObjectKey, UidRef,
        claim::{Claim, ClaimStatus},
        ports::{ClaimStore, NewClaim, StoreError},
    },
    testing::builders::NAMESPACE,
    time::Timestamp,
};

use super::{MemoryPlatform, State, binder};

/// The platform was switched off.
#[derive(Debug, thiserror::Error)]
#[error("the platform in memory was made unreachable")]
struct SwitchedOff;

impl MemoryPlatform {
    fn call<T>(
        &self,
        name: &'static str,
        call: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.change(|state| {
            state.count(name);
            if !state.reachable {
                return Err(StoreError::Unavailable(Box::new(SwitchedOff)));
            }
            call(state)
        })
    }
}

#[async_trait]
impl ClaimStore for MemoryPlatform {
    async fn find(&self, name: &str) -> Result<Option<Claim>, StoreError> {
        self.call("find", |state| Ok(state.claims.get(name).map(|claim| Claim::clone(claim))))
    }

    async fn create(&self, new: &NewClaim) -> Result<Claim, StoreError> {
        let now = self.clock.now().whole_seconds();
        self.call("create", |state| {
            if state.claims.contains_key(&new.name) {
                return Err(StoreError::AlreadyExists);
            }
            let version = state.next();
            let meta = Metadata {
                key: ObjectKey::new(NAMESPACE, &new.name),
                uid: format!("claim-{version}"),
                version: version.to_string(),
                created: now,
                deleting_since: None,
            };
            let claim = new.claim(meta, ClaimStatus::default());
            state.claims.insert(new.name.clone(), Arc::new(claim.clone()));
            binder::decide(state, &new.name, now);
            Ok(claim)
        })
    }

    async fn extend(&self, claim: &Claim, extensions: u32) -> Result<Claim, StoreError> {
        self.call("extend", |state| edit(state, claim, |stored| stored.extensions = extensions))
    }

    async fn note_activity(&self, claim: &Claim, at: Timestamp) -> Result<Claim, StoreError> {
        self.call("note_activity", |state| edit(state, claim, |stored| stored.last_activity = Some(at)))
    }

    async fn delete(&self, claim: &UidRef) -> Result<bool, StoreError> {
        self.call("delete", |state| {
            let was_there = state.claims.get(&claim.name).is_some_and(|stored| stored.meta.uid == claim.uid);
            if was_there {
                state.claims.remove(&claim.name);
                state.instances.retain(|_, instance| instance.claim.as_ref() != Some(claim));
            }
            Ok(was_there)
        })
    }
}

/// Changes a claim under the version that was read.
fn edit(state: &mut State, claim: &Claim, change: impl FnOnce(&mut Claim)) -> Result<Claim, StoreError> {
    let version = state.next().to_string();
    let stored = state.claims.get_mut(&claim.meta.key.name).ok_or(StoreError::Conflict)?;
    if stored.meta.version != claim.meta.version || stored.meta.uid != claim.meta.uid {
        return Err(StoreError::Conflict);
    }
    let stored = Arc::make_mut(stored);
    change(stored);
    stored.meta.version = version;
    Ok(stored.clone())
}
