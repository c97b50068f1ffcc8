//! Server-side apply, creation, replacement and deletion.

use std::collections::BTreeMap;

use dploy_k8s::cluster::{Error, ObjectKey, Owner, Written, labels};
use dploy_k8s::testing::Filter;
use k8s_openapi::api::core::v1::{ConfigMap, ResourceQuota, ResourceQuotaSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::api::{Api, DeleteParams, ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::json;

use crate::{CLUSTER, TestResult, unwatched, watched};

fn config_map(namespace: &str, name: &str, data: &[(&str, &str)]) -> ConfigMap {
    let data: BTreeMap<String, String> = data.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    ConfigMap { metadata: meta(namespace, name), data: Some(data), ..ConfigMap::default() }
}

fn meta(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta { namespace: Some(namespace.into()), name: Some(name.into()), ..ObjectMeta::default() }
}

fn api(client: &Client, namespace: &str) -> Api<ConfigMap> {
    Api::namespaced(client.clone(), namespace)
}

#[tokio::test]
async fn a_child_is_created_then_left_alone_then_changed_and_fields_we_drop_go() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client_as("operator")?;
    let store = unwatched::<ConfigMap>(&client);
    let owner = Owner::new("uid-1");

    let created = store.apply(&config_map(&namespace, "a", &[("x", "1"), ("y", "2")]), &owner).await?;
    assert!(matches!(&created, Written::Created(object) if object.labels()[labels::MANAGED] == "true"));

    let mark = cluster.audit().mark()?;
    let again = store.apply(&config_map(&namespace, "a", &[("x", "1"), ("y", "2")]), &owner).await?;
    assert!(matches!(again, Written::Unchanged(_)));
    let ours = Filter::new().user("operator").namespace(&namespace).since(mark);
    assert_eq!(cluster.audit().count(&ours)?, 0, "nothing was asked of the server");

    // Somebody else's field stays, ours that we no longer want goes, on the first apply after a creation and later.
    let theirs = Patch::Merge(json!({"data": {"theirs": "3"}}));
    api(&client, &namespace).patch("a", &PatchParams::default(), &theirs).await?;
    for (wanted, expected) in [(&[("x", "1")][..], &["theirs", "x"][..]), (&[("z", "4")], &["theirs", "z"])] {
        let changed = store.apply(&config_map(&namespace, "a", wanted), &owner).await?;
        assert!(matches!(changed, Written::Changed(_)));
        let live = api(&client, &namespace).get("a").await?;
        let keys: Vec<String> = live.data.unwrap().into_keys().collect();
        assert_eq!(keys, expected);
    }
    Ok(())
}

#[tokio::test]
async fn drift_is_repaired() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client()?;
    let (store, _guard) = watched::<ConfigMap>(&client, &namespace).await;
    let (owner, wanted) = (Owner::new("uid-1"), config_map(&namespace, "a", &[("x", "1")]));
    store.apply(&wanted, &owner).await?;
    api(&client, &namespace)
        .patch("a", &PatchParams::default(), &Patch::Merge(json!({"data": {"x": "drifted"}})))
        .await?;
    let key = ObjectKey::namespaced(&namespace, "a");
    let drifted = |object: Option<&ConfigMap>| object.filter(|o| o.data.as_ref().unwrap()["x"] == "drifted").map(drop);
    tokio::time::timeout(crate::SOON, store.cache().wait_for(&key, drifted)).await?;
    assert!(store.apply(&wanted, &owner).await?.is_changed());
    assert_eq!(api(&client, &namespace).get("a").await?.data.unwrap()["x"], "1");
    Ok(())
}

#[tokio::test]
async fn an_object_without_our_uid_is_never_adopted() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client()?;
    api(&client, &namespace).create(&PostParams::default(), &config_map(&namespace, "taken", &[("x", "0")])).await?;
    let store = unwatched::<ConfigMap>(&client);
    let wanted = config_map(&namespace, "taken", &[("x", "1")]);
    let refused = store.apply(&wanted, &Owner::new("uid-1")).await.unwrap_err();
    assert!(matches!(refused, Error::NameTaken { .. }), "{refused:?}");

    store.apply(&config_map(&namespace, "ours", &[]), &Owner::new("uid-1")).await?;
    let refused = store.apply(&config_map(&namespace, "ours", &[("x", "1")]), &Owner::new("uid-2")).await.unwrap_err();
    assert!(matches!(refused, Error::NameTaken { .. }), "another instance's: {refused:?}");
    let live = api(&client, &namespace).get("taken").await?;
    assert_eq!((live.data.unwrap()["x"].as_str(), live.metadata.labels), ("0", None));
    Ok(())
}

#[tokio::test]
async fn a_stale_cache_neither_resurrects_nor_overwrites() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client()?;
    let stale = unwatched::<ConfigMap>(&client);
    let owner = Owner::new("uid-1");
    stale.apply(&config_map(&namespace, "a", &[("x", "1")]), &owner).await?;

    // Behind the cache's back it is replaced by an object of somebody else.
    api(&client, &namespace).delete("a", &DeleteParams::default()).await?;
    api(&client, &namespace).create(&PostParams::default(), &config_map(&namespace, "a", &[])).await?;
    let refused = stale.apply(&config_map(&namespace, "a", &[("x", "2")]), &owner).await.unwrap_err();
    assert!(matches!(refused, Error::NameTaken { .. }), "{refused:?}");

    // An object that is being deleted is not applied to.
    let mut held = config_map(&namespace, "b", &[]);
    held.metadata.finalizers = Some(vec!["dploy.dev/test".into()]);
    let held = stale.apply(&held, &owner).await?.into_object();
    stale.delete_uid(&held).await?;
    let refused = stale.apply(&config_map(&namespace, "b", &[("x", "2")]), &owner).await.unwrap_err();
    assert!(matches!(refused, Error::Terminating { .. }), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn quantities_that_the_server_rewrites_are_not_drift() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let store = unwatched::<ResourceQuota>(&cluster.client()?);
    let hard = [("limits.cpu", "1000m"), ("limits.memory", "1024Mi"), ("count/pods", "10")];
    let hard = hard.map(|(name, amount)| (name.to_owned(), Quantity(amount.to_owned()))).into();
    let spec = Some(ResourceQuotaSpec { hard: Some(hard), ..ResourceQuotaSpec::default() });
    let wanted = ResourceQuota { metadata: meta(&namespace, "limits"), spec, ..ResourceQuota::default() };
    let owner = Owner::new("uid-1");
    store.apply(&wanted, &owner).await?;
    store.get_live(&ObjectKey::namespaced(&namespace, "limits")).await?;
    assert!(!store.apply(&wanted, &owner).await?.is_changed());
    Ok(())
}

#[tokio::test]
async fn replacements_and_deletions_are_refused_to_who_has_not_seen_the_latest() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let store = unwatched::<ConfigMap>(&cluster.client()?);
    let first = store.create(&config_map(&namespace, "a", &[("x", "1")])).await?;
    let taken = store.create(&config_map(&namespace, "a", &[])).await.unwrap_err();
    assert!(matches!(taken, Error::AlreadyExists { .. }), "{taken:?}");

    let mut second = (*first).clone();
    second.data = Some([("x".to_owned(), "2".to_owned())].into());
    let second = store.replace(&first, &second).await?;
    assert!(second.is_changed());
    let mut late = (*first).clone();
    late.data = None;
    let refused = store.replace(&first, &late).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused:?}");
    let refused = store.delete(&first).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused:?}");
    assert!(!store.replace(second.object(), second.object()).await?.is_changed());

    store.delete(second.object()).await?;
    assert_eq!(store.cache().get(&ObjectKey::namespaced(&namespace, "a")), None);
    store.delete(second.object()).await?;

    let third = store.create(&config_map(&namespace, "a", &[])).await?;
    let refused = store.delete_uid(&first).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "another object of that name: {refused:?}");
    assert_eq!(store.cache().get(&ObjectKey::namespaced(&namespace, "a")), Some(third));
    Ok(())
}

#[tokio::test]
async fn the_last_finalizer_taken_off_removes_the_object() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client_as("operator")?;
    let store = unwatched::<ConfigMap>(&client);
    let key = ObjectKey::namespaced(&namespace, "a");
    let created = store.create(&config_map(&namespace, "a", &[])).await?;
    let held = store.ensure_finalizer(&created, labels::CLEANUP_FINALIZER).await?;

    let mark = cluster.audit().mark()?;
    store.ensure_finalizer(&held, labels::CLEANUP_FINALIZER).await?;
    assert_eq!(cluster.audit().count(&Filter::new().user("operator").namespace(&namespace).since(mark))?, 0);

    store.delete(&held).await?;
    let deleting = store.cache().get(&key).expect("held by its finalizer");
    assert!(deleting.metadata.deletion_timestamp.is_some());
    store.ensure_finalizer(&deleting, "dploy.dev/late").await?;
    store.remove_finalizer(&deleting, labels::CLEANUP_FINALIZER).await?;
    assert_eq!(store.cache().get(&key), None);
    assert_eq!(store.get_live(&key).await?, None);
    store.remove_finalizer(&deleting, labels::CLEANUP_FINALIZER).await?;
    Ok(())
}
