//! The lease and the fence.

use std::time::{Duration, Instant};

use dploy_k8s::cluster::{Elector, Ended, Error, KubeLease, Leadership, LeaseConfig, ObjectKey, Store, client};
use dploy_k8s::testing::Cluster;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::{Api, ObjectMeta, Patch, PatchParams};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{CLUSTER, SOON, TestResult};

/// A tenth of the usual times.
fn config(namespace: &str, process: &str) -> LeaseConfig {
    LeaseConfig {
        lease_duration: Duration::from_secs(2),
        renew_deadline: Duration::from_millis(1300),
        retry_period: Duration::from_millis(200),
        call_timeout: Duration::from_millis(600),
        ..LeaseConfig::new(namespace, "operator", process)
    }
}

fn start(cluster: &Cluster, config: LeaseConfig) -> (Leadership, CancellationToken, JoinHandle<Ended>) {
    let lease = KubeLease::new(cluster.client().unwrap(), &config);
    let (mut elector, leadership) = Elector::new(config, lease);
    let release = CancellationToken::new();
    let token = release.clone();
    (leadership, release, tokio::spawn(async move { elector.run(token).await }))
}

#[tokio::test]
async fn of_two_candidates_one_leads_and_the_other_follows_it() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let (first, release_first, running_first) = start(cluster, config(&namespace, "first"));
    timeout(SOON, first.acquired()).await?;
    let leases: Api<Lease> = Api::namespaced(cluster.client()?, &namespace);
    let labelled = Patch::Merge(json!({"metadata": {"labels": {"theirs": "kept"}}}));
    leases.patch("operator", &PatchParams::default(), &labelled).await?;

    let (second, release_second, running_second) = start(cluster, config(&namespace, "second"));
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        assert!(first.is_leader() && !second.is_leader());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    release_first.cancel();
    assert_eq!(running_first.await?, Ended::Released);
    let released = Instant::now();
    timeout(SOON, second.acquired()).await?;
    assert!(released.elapsed() < Duration::from_millis(1500), "a released lease is taken at once");
    let lease = leases.get("operator").await?;
    assert_eq!(lease.labels()["theirs"], "kept");
    assert!(lease.spec.as_ref().unwrap().holder_identity.as_ref().unwrap().starts_with("second_"));
    assert_eq!(lease.spec.unwrap().lease_transitions, Some(1));

    running_second.abort();
    let died = Instant::now();
    let (third, ..) = start(cluster, config(&namespace, "third"));
    timeout(SOON, third.acquired()).await?;
    assert!(!second.is_leader());
    assert!(died.elapsed() >= Duration::from_millis(3800), "expiry and one further duration: {:?}", died.elapsed());
    drop(release_second);
    Ok(())
}

#[tokio::test]
async fn a_leader_whose_lease_is_taken_by_force_stops_at_once() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let (leadership, _, running) = start(cluster, config(&namespace, "leader"));
    timeout(SOON, leadership.acquired()).await?;
    let leases: Api<Lease> = Api::namespaced(cluster.client()?, &namespace);
    let usurped = Patch::Merge(json!({"spec": {"holderIdentity": "somebody-else"}}));
    leases.patch("operator", &PatchParams::default(), &usurped).await?;
    timeout(Duration::from_secs(1), leadership.lost()).await?;
    assert_eq!(running.await?, Ended::Lost);
    Ok(())
}

#[tokio::test]
async fn behind_the_fence_only_the_leader_writes() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let (leadership, release, running) = start(cluster, config(&namespace, "leader"));
    let fenced = client::guard(&cluster.client_as("operator")?, leadership.clone());
    let store: Store<ConfigMap> = Store::new(fenced, dploy_k8s::cluster::Cache::builder().build());
    let object = |name: &str| ConfigMap {
        metadata: ObjectMeta { namespace: Some(namespace.clone()), name: Some(name.into()), ..ObjectMeta::default() },
        ..ConfigMap::default()
    };
    timeout(SOON, leadership.acquired()).await?;
    let created = store.create(&object("led")).await?;

    release.cancel();
    running.await?;
    for refused in [store.create(&object("late")).await.map(drop), store.delete(&created).await] {
        assert!(matches!(refused, Err(Error::NotLeader { .. })), "{refused:?}");
    }
    assert!(store.get_live(&ObjectKey::namespaced(&namespace, "led")).await?.is_some(), "reads pass");
    assert!(store.get_live(&ObjectKey::namespaced(&namespace, "late")).await?.is_none());
    Ok(())
}
