//! The kernel on a real API server: what the server answers is what the caches, the applies, the lease and the fence
//! are built on.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "kernel/apply.rs"]
mod apply;
#[path = "kernel/caching.rs"]
mod caching;
#[path = "kernel/leading.rs"]
mod leading;
#[path = "kernel/looping.rs"]
mod looping;

use std::time::Duration;

use dploy_k8s::cluster::{Cache, Object, Store, WatchOptions, watch};
use dploy_k8s::testing::{Cluster, SharedCluster};
use kube::Client;
use tokio_util::sync::CancellationToken;

static CLUSTER: SharedCluster = SharedCluster::new(Cluster::builder);

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// How long anything may take.
const SOON: Duration = Duration::from_secs(120);

/// A store whose cache is fed by a watch of that namespace; the watch ends with the guard.
async fn watched<K: Object>(client: &Client, namespace: &str) -> (Store<K>, tokio_util::sync::DropGuard) {
    watched_as(client, namespace, Cache::builder().build()).await
}

async fn watched_as<K: Object>(
    client: &Client,
    namespace: &str,
    cache: Cache<K>,
) -> (Store<K>, tokio_util::sync::DropGuard) {
    let cancel = CancellationToken::new();
    watch::spawn(client.clone(), cache.clone(), WatchOptions::namespaced(namespace).page_size(3), cancel.clone());
    tokio::time::timeout(SOON, cache.wait_synced()).await.expect("the first list");
    (Store::new(client.clone(), cache), cancel.drop_guard())
}

/// A store whose cache no watch feeds: it knows only what our own requests answered.
fn unwatched<K: Object>(client: &Client) -> Store<K> {
    Store::new(client.clone(), Cache::builder().build())
}
