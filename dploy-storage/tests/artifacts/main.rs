//! Artifacts in memory, in a folder and in S3: one contract, and what each adapter promises beyond it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[cfg(feature = "folder")]
mod folder;
#[cfg(feature = "s3")]
mod minio;
#[cfg(feature = "folder")]
mod processes;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "s3")]
mod s3_answers;
#[cfg(feature = "folder")]
mod uploads;
mod world;

use std::sync::Arc;

use dploy_core::{
    artifact::{ArtifactKey, ArtifactStore},
    testing::{MemoryArtifacts, contract},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

/// More than one page of S3's lists, which the original stopped at.
const MANY: usize = 1_500;

fn key(text: &str) -> ArtifactKey {
    ArtifactKey::parse(text).unwrap()
}

fn bytes(text: &str) -> Arc<[u8]> {
    Arc::from(text.as_bytes())
}

/// Writes many artifacts below one prefix and one beside it, and lists them.
async fn many_are_listed(store: &dyn ArtifactStore) {
    let names: Vec<_> = (0..MANY).map(|number| key(&format!("many/{}/{number}", number % 7))).collect();
    let writes = stream::iter(&names).map(|name| store.put(name, bytes("a")));
    writes.buffer_unordered(16).try_collect::<Vec<()>>().await.unwrap();
    store.put(&key("many-more/0"), bytes("a")).await.unwrap();
    let listed = store.list(&key("many")).map_ok(|entry| entry.key).try_collect::<Vec<_>>().await.unwrap();
    let (listed, mut wanted) = (sorted(listed), names);
    wanted.sort();
    assert_eq!(listed.len(), MANY);
    assert!(listed == wanted, "each is listed once");
}

fn sorted(mut keys: Vec<ArtifactKey>) -> Vec<ArtifactKey> {
    keys.sort();
    keys
}

#[tokio::test]
async fn memory_keeps_the_contract_of_stores() {
    let store = MemoryArtifacts::new(world::wall_clock());
    contract::artifact_store(&store).await.unwrap();
    many_are_listed(&store).await;
}
