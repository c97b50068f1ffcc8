//! An artifact store of your own: it keeps equal artifacts once, and keeps the contract that every store has to.
//!
//! `cargo run -p dploy-examples --example own_artifact_store`
#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use dploy_core::artifact::{ArtifactEntry, ArtifactError, ArtifactKey, ArtifactStore};
use dploy_core::testing::contract;
use dploy_core::time::Timestamp;
use futures::{StreamExt, stream, stream::BoxStream};

/// The contents, each once, and which keys have them since when. A real store would keep both outside the process.
#[derive(Debug, Default)]
struct Shelf {
    contents: BTreeSet<Arc<[u8]>>,
    keys: BTreeMap<ArtifactKey, (Arc<[u8]>, Timestamp)>,
}

impl Shelf {
    /// Forgets contents that no key has any more: what is left is held by the shelf alone.
    fn sweep(&mut self) {
        self.contents.retain(|bytes| Arc::strong_count(bytes) > 1);
    }
}

#[derive(Debug, Default)]
struct SharingStore(Mutex<Shelf>);

impl SharingStore {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many keys and how many contents there are.
    fn counts(&self) -> (usize, usize) {
        let shelf = self.shelf();
        (shelf.keys.len(), shelf.contents.len())
    }
}

#[async_trait]
impl ArtifactStore for SharingStore {
    async fn put(&self, key: &ArtifactKey, bytes: Arc<[u8]>) -> Result<(), ArtifactError> {
        let now = Timestamp::from_unix_seconds(UNIX_EPOCH.elapsed().unwrap_or_default().as_secs() as i64);
        let mut shelf = self.shelf();
        let shared = shelf.contents.get(&bytes).cloned().unwrap_or(bytes);
        shelf.contents.insert(Arc::clone(&shared));
        shelf.keys.insert(key.clone(), (shared, now));
        shelf.sweep();
        Ok(())
    }

    async fn get(&self, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
        let shelf = self.shelf();
        let (bytes, _) = shelf.keys.get(key).ok_or(ArtifactError::NotFound)?;
        if bytes.len() as u64 > limit { Err(ArtifactError::TooLarge(limit)) } else { Ok(Arc::clone(bytes)) }
    }

    async fn remove(&self, key: &ArtifactKey) -> Result<(), ArtifactError> {
        let mut shelf = self.shelf();
        shelf.keys.remove(key);
        shelf.sweep();
        Ok(())
    }

    fn list(&self, prefix: &ArtifactKey) -> BoxStream<'static, Result<ArtifactEntry, ArtifactError>> {
        let (shelf, below) = (self.shelf(), format!("{prefix}/"));
        let found = shelf.keys.iter().filter(|(key, _)| key.as_str().starts_with(&below));
        let entries: Vec<_> = found
            .map(|(key, (bytes, written_at))| {
                Ok(ArtifactEntry { key: key.clone(), size: bytes.len() as u64, written_at: *written_at })
            })
            .collect();
        stream::iter(entries).boxed()
    }

    async fn ready(&self) -> Result<(), ArtifactError> {
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = SharingStore::default();
    contract::artifact_store(&store).await?;
    println!("the store keeps the contract");
    for key in ["published/web/1.0.0", "published/web/1.0.1", "published/shop/1.0.0"] {
        store.put(&ArtifactKey::parse(key)?, Arc::from(&b"the same manifests"[..])).await?;
    }
    let (keys, contents) = store.counts();
    println!("{keys} artifacts share {contents} content");
    Ok(())
}
