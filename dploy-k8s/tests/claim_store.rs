//! The API's adapters on a real API server on which nothing else writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use dploy_core::testing::contract;
use dploy_k8s::{
    api::crds,
    cluster::{Cache, Store},
    environments::KubernetesClaims,
    testing::{Cluster, SharedCluster},
};

static CLUSTER: SharedCluster = SharedCluster::new(Cluster::builder);

#[tokio::test]
async fn claims_on_kubernetes_keep_the_contract_of_the_claim_store() {
    let Some(cluster) = CLUSTER.get().await.unwrap() else { return };
    cluster.install_crds(&crds()).await.unwrap();
    let store = Store::new(cluster.client_as("api").unwrap(), Cache::builder().build());
    contract::claim_store(&KubernetesClaims::new(store, cluster.namespace().await.unwrap())).await.unwrap();
}
