//! The whole operator with real Flux: environments from every kind of chart source, pools, failures, release.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod failing;
#[path = "../harness/mod.rs"]
mod harness;
mod on_demand;
mod pool;

use std::sync::LazyLock;

use clap::Parser;
use dploy_k8s::testing::{Cluster, SharedCluster};
use dploy_operator::Config;
use tokio::{runtime::Runtime, sync::OnceCell};
use tokio_util::sync::CancellationToken;

use self::harness::World;

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().flux());
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static OPERATOR: OnceCell<()> = OnceCell::const_new();

/// Runs a test beside the one operator of this process.
fn run<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    harness::run(&RUNTIME, &CLUSTER, |world| async {
        OPERATOR.get_or_init(|| async { operator(&world) }).await;
        test(world).await;
    });
}

fn operator(world: &World) {
    let arguments = ["--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0"];
    let config = Config::try_parse_from([&["dploy-operator"][..], &arguments].concat()).unwrap();
    let client = world.cluster.client_as("operator").unwrap();
    tokio::spawn(dploy_operator::run(config, client, CancellationToken::new()));
}
