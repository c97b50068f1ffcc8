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

#[cfg(feature = "argocd")]
#[tokio::test]
async fn an_installation_without_operator_keeps_what_applies_to_it_of_the_contract_of_the_claim_store() {
    use std::sync::Arc;

    use dploy_core::{
        environments::{file, settings::Settings},
        testing::FixedClock,
    };
    use dploy_k8s::{
        cluster::{CacheMetrics, Places},
        environments::{
            access,
            direct::{Direct, DirectOptions},
        },
    };

    const SERVERS: &str = "dploy-direct";
    static ARGO: SharedCluster = SharedCluster::new(|| Cluster::builder().argocd_crds().user("api", &[SERVERS]));
    let Some(cluster) = ARGO.get().await.unwrap() else { return };
    let (home, argocd) = (cluster.namespace().await.unwrap(), cluster.namespace().await.unwrap());
    cluster.grant(SERVERS, Places { home: &home, argocd: &argocd }, &access::direct()).await.unwrap();
    let mut settings = Settings::default();
    settings.argocd.namespace = argocd;
    settings.base_domain = "env.example.org".to_owned();
    let listed = b"environments: [{ name: contract, chart: github.com/org/charts/contract@main, ttl: 600 }]";
    let options = DirectOptions {
        namespace: home,
        settings,
        environments: file::read(listed).unwrap(),
        identity: "test".to_owned(),
    };
    let client = cluster.client_as("api").unwrap();
    let direct = Direct::new(
        &client,
        options,
        Arc::new(FixedClock::at(jiff::Timestamp::now().into())),
        &CacheMetrics::default(),
    );
    contract::deciding_claim_store(&direct).await.unwrap();
}
