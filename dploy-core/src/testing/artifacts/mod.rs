//! Artifacts in memory.

mod uploads;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures::{StreamExt as _, stream, stream::BoxStream};

use self::uploads::Grant;
pub use self::uploads::UploadRefused;
use crate::{
    artifact::{ArtifactEntry, ArtifactError, ArtifactKey, ArtifactStore},
    time::{Clock, Timestamp},
};

/// Artifacts in memory: an [`ArtifactStore`] and an [`UploadSigner`](crate::artifact::UploadSigner).
///
/// Its signed URLs are `memory://{key}?grant={n}`; [`MemoryArtifacts::upload`] is what an HTTP PUT to one is elsewhere.
#[derive(Debug)]
pub struct MemoryArtifacts {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: BTreeMap<ArtifactKey, Kept>,
    grants: Vec<Grant>,
    failures: usize,
}

#[derive(Clone)]
struct Kept {
    bytes: Arc<[u8]>,
    written_at: Timestamp,
    archived: bool,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {}", self.bytes.len(), self.written_at)
    }
}

impl MemoryArtifacts {
    /// An empty store whose uploads expire by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Lets the next `calls` calls of either port, and uploads, fail as an unreachable store does.
    pub fn fail_next(&self, calls: usize) {
        self.state().failures = calls;
    }

    /// Moves what is under the key to where it cannot be read; `false` when there is nothing.
    pub fn archive(&self, key: &ArtifactKey) -> bool {
        self.state().kept.get_mut(key).is_some_and(|kept| {
            kept.archived = true;
            true
        })
    }

    /// The keys of everything that is kept, in order; needs no working store.
    #[must_use]
    pub fn keys(&self) -> Vec<ArtifactKey> {
        self.state().kept.keys().cloned().collect()
    }

    /// What is under the key; needs no working store.
    #[must_use]
    pub fn bytes(&self, key: &ArtifactKey) -> Option<Arc<[u8]>> {
        self.state().kept.get(key).map(|kept| Arc::clone(&kept.bytes))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless this call is one that fails.
    fn reach(&self) -> Result<MutexGuard<'_, State>, ArtifactError> {
        let mut state = self.state();
        if state.failures > 0 {
            state.failures -= 1;
            return Err(ArtifactError::Unavailable("a fault of the test".into()));
        }
        Ok(state)
    }

    fn write(state: &mut State, key: &ArtifactKey, bytes: Arc<[u8]>, written_at: Timestamp) {
        state.kept.insert(key.clone(), Kept { bytes, written_at, archived: false });
    }

    fn entries(&self, prefix: &ArtifactKey) -> Result<Vec<ArtifactEntry>, ArtifactError> {
        let below = format!("{prefix}/");
        let state = self.reach()?;
        let wanted = state.kept.iter().filter(|(key, _)| key.as_str().starts_with(&below));
        Ok(wanted.map(|(key, kept)| kept.entry(key)).collect())
    }
}

impl Kept {
    fn entry(&self, key: &ArtifactKey) -> ArtifactEntry {
        ArtifactEntry { key: key.clone(), size: self.bytes.len() as u64, written_at: self.written_at }
    }
}

#[async_trait]
impl ArtifactStore for MemoryArtifacts {
    async fn put(&self, key: &ArtifactKey, bytes: Arc<[u8]>) -> Result<(), ArtifactError> {
        let now = self.clock.now();
        Self::write(&mut *self.reach()?, key, bytes, now);
        Ok(())
    }

    async fn get(&self, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
        let state = self.reach()?;
        let kept = state.kept.get(key).ok_or(ArtifactError::NotFound)?;
        if kept.archived {
            return Err(ArtifactError::Archived);
        }
        if kept.bytes.len() as u64 > limit {
            return Err(ArtifactError::TooLarge(limit));
        }
        Ok(Arc::clone(&kept.bytes))
    }

    async fn remove(&self, key: &ArtifactKey) -> Result<(), ArtifactError> {
        self.reach()?.kept.remove(key);
        Ok(())
    }

    fn list(&self, prefix: &ArtifactKey) -> BoxStream<'static, Result<ArtifactEntry, ArtifactError>> {
        match self.entries(prefix) {
            Ok(entries) => stream::iter(entries.into_iter().map(Ok)).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn ready(&self) -> Result<(), ArtifactError> {
        self.reach().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        artifact::UploadSigner,
        testing::{FixedClock, contract},
    };

    #[derive(Debug)]
    struct World {
        clock: Arc<FixedClock>,
        artifacts: MemoryArtifacts,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(1_700_000_000)));
            Self { artifacts: MemoryArtifacts::new(clock.clone()), clock }
        }
    }

    #[async_trait]
    impl contract::UploadWorld for World {
        fn signer(&self) -> &dyn UploadSigner {
            &self.artifacts
        }

        fn store(&self) -> &dyn ArtifactStore {
            &self.artifacts
        }

        async fn put(&self, url: &str, _: &BTreeMap<String, String>, body: &[u8]) -> u16 {
            self.artifacts.upload(url, body).map_or(403, |()| 200)
        }

        async fn pass(&self, time: Duration) {
            self.clock.advance(time.as_secs() as i64);
        }
    }

    #[tokio::test]
    async fn memory_keeps_both_contracts() {
        let world = World::new();
        contract::artifact_store(&world.artifacts).await.unwrap();
        contract::upload_signer(&world).await.unwrap();
        assert_eq!(world.artifacts.keys(), []);
    }

    #[tokio::test]
    async fn faults_end_after_the_calls_they_were_set_for() {
        let World { artifacts, .. } = World::new();
        let key = ArtifactKey::parse("a").unwrap();
        artifacts.fail_next(2);
        assert!(matches!(artifacts.ready().await, Err(ArtifactError::Unavailable(_))));
        assert!(matches!(artifacts.put(&key, Arc::from(&b"a"[..])).await, Err(ArtifactError::Unavailable(_))));
        artifacts.put(&key, Arc::from(&b"a"[..])).await.unwrap();
        assert!(artifacts.archive(&key));
        assert!(matches!(artifacts.get(&key, 1).await, Err(ArtifactError::Archived)));
    }
}
