//! The whole operator on a real API server, as processes that are stopped, killed and started again. A stub of
//! helm-controller answers.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod argocd;
mod crash;
#[path = "../harness/mod.rs"]
mod harness;
mod leadership;
mod orphans;
mod probes;
mod process;
mod quiet;
mod teardown;

use std::sync::{LazyLock, Mutex, PoisonError};

use dploy_k8s::testing::{Cluster, HelmStub, SharedCluster};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use self::harness::World;

const MASTERS: &[&str] = &["system:masters"];

static CLUSTER: SharedCluster = SharedCluster::new(|| {
    Cluster::builder().controllers().flux_crds().user("operator-a", MASTERS).user("operator-b", MASTERS)
});
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
/// An operator serves the whole cluster, so the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a test when no other runs an operator.
fn run<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    harness::run(&RUNTIME, &CLUSTER, test);
}

fn stub(world: &World) -> HelmStub {
    HelmStub::new(world.cluster.client_as("stub").unwrap())
}

fn chart() -> Value {
    json!({ "type": "helm", "repoURL": "https://charts.example.org", "chart": "shell" })
}

/// What makes a template a pool.
fn pool_of(size: usize) -> Value {
    json!({ "method": "pool", "pool": { "size": size } })
}
