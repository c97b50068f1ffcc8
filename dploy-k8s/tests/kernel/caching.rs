//! Caches and watches.

use std::time::Duration;

use dploy_k8s::cluster::crash::CrashAfter;
use dploy_k8s::cluster::{Cache, ObjectKey, Store, WatchOptions, client, watch};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, ObjectMeta, PostParams};
use kube::{CustomResource, ResourceExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{CLUSTER, SOON, TestResult, watched};

fn config_map(namespace: &str, name: &str) -> ConfigMap {
    let metadata = ObjectMeta { namespace: Some(namespace.into()), name: Some(name.into()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

#[tokio::test]
async fn a_paged_list_and_the_watch_after_it_show_everything() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client()?;
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
    for n in 0..10 {
        api.create(&PostParams::default(), &config_map(&namespace, &format!("before-{n}"))).await?;
    }
    let (store, _guard) = watched::<ConfigMap>(&client, &namespace).await;
    let names = |prefix: &str| store.cache().scan().filter(|o| o.name_any().starts_with(prefix)).count();
    assert_eq!(names("before-"), 10, "four pages");

    let cache = store.cache();
    let key = ObjectKey::namespaced(&namespace, "after");
    api.create(&PostParams::default(), &config_map(&namespace, "after")).await?;
    timeout(SOON, cache.wait_for(&key, |object| object.map(drop))).await?;
    api.delete("after", &DeleteParams::default()).await?;
    timeout(SOON, cache.wait_for(&key, |object| object.is_none().then_some(()))).await?;
    Ok(())
}

#[tokio::test]
async fn a_thousand_own_writes_are_never_seen_undone() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let (store, _guard) = watched::<ConfigMap>(&cluster.client()?, &namespace).await;
    let work = (0..20).map(|n| {
        let (store, namespace) = (store.clone(), namespace.clone());
        tokio::spawn(async move {
            let key = ObjectKey::namespaced(&namespace, format!("busy-{n}"));
            for _ in 0..10 {
                let mut object = store.create(&config_map(&namespace, &key.name)).await.unwrap();
                for round in 0..3 {
                    assert_eq!(store.cache().get(&key).unwrap().resource_version(), object.resource_version());
                    let mut next = (*object).clone();
                    next.annotations_mut().insert("round".into(), round.to_string());
                    object = store.replace(&object, &next).await.unwrap().into_object();
                }
                store.delete(&object).await.unwrap();
                for _ in 0..3 {
                    assert_eq!(store.cache().get(&key), None, "no stale event brings it back");
                    tokio::task::yield_now().await;
                }
            }
        })
    });
    for worker in work.collect::<Vec<_>>() {
        worker.await?;
    }
    Ok(())
}

#[tokio::test]
async fn after_a_refresh_the_cache_shows_what_anybody_wrote_before() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client()?;
    let (store, _guard) = watched::<ConfigMap>(&client, &namespace).await;
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
    for n in 0..5 {
        let name = format!("new-{n}");
        api.create(&PostParams::default(), &config_map(&namespace, &name)).await?;
        timeout(SOON, store.cache().refresh()).await?;
        assert!(store.cache().get(&ObjectKey::namespaced(&namespace, name)).is_some());
    }
    Ok(())
}

#[tokio::test]
async fn a_crash_loses_the_answer_but_not_the_write() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let crash = CrashAfter::writes(2);
    let mortal = client::build(cluster.config_as("operator"), [client::layer(crash.clone())])?;
    let store: Store<ConfigMap> = Store::new(mortal, Cache::builder().build());
    let (first, second) = (config_map(&namespace, "first"), config_map(&namespace, "second"));
    store.create(&first).await?;
    tokio::select! {
        () = crash.crashed() => {}
        answer = store.create(&second) => panic!("the dead hear nothing: {answer:?}"),
    }
    let third = config_map(&namespace, "third");
    assert!(timeout(Duration::from_millis(200), store.create(&third)).await.is_err());
    let api: Api<ConfigMap> = Api::namespaced(cluster.client()?, &namespace);
    assert!(api.get_opt("second").await?.is_some() && api.get_opt("third").await?.is_none());
    assert_eq!(crash.sent(), 2);
    Ok(())
}

/// A kind that older definitions of it allowed more for than we understand.
#[derive(CustomResource, Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[kube(group = "kernel.dploy.dev", version = "v1", kind = "Gadget", namespaced)]
struct GadgetSpec {
    size: u32,
}

fn gadget_crd() -> CustomResourceDefinition {
    let loose = json!({"type": "object", "properties": {"spec": {
        "type": "object", "x-kubernetes-preserve-unknown-fields": true
    }}});
    let crd = json!({
        "metadata": {"name": "gadgets.kernel.dploy.dev"},
        "spec": {
            "group": "kernel.dploy.dev",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": loose}}],
        },
    });
    serde_json::from_value(crd).unwrap()
}

#[tokio::test]
async fn an_optional_kind_may_be_installed_later_and_a_malformed_object_stops_nothing() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client()?;
    let cache: Cache<Gadget> = Cache::builder().build();
    let cancel = CancellationToken::new();
    let options = WatchOptions::namespaced(&namespace).optional();
    let feed = watch::spawn(client.clone(), cache.clone(), options, cancel.clone());
    timeout(SOON, cache.wait_synced()).await?;
    assert!(cache.is_empty() && !cache.served());

    cluster.install_crds(&[gadget_crd()]).await?;
    let api: Api<kube::api::DynamicObject> =
        Api::namespaced_with(client, &namespace, &kube::api::ApiResource::erase::<Gadget>(&()));
    for (name, size) in [("good", json!(1)), ("bad", json!("large"))] {
        let gadget = json!({
            "apiVersion": "kernel.dploy.dev/v1", "kind": "Gadget", "metadata": {"name": name}, "spec": {"size": size}
        });
        api.create(&PostParams::default(), &serde_json::from_value(gadget)?).await?;
    }
    let good = ObjectKey::namespaced(&namespace, "good");
    timeout(2 * SOON, cache.wait_for(&good, |gadget| gadget.map(drop))).await?;
    assert!(cache.served());
    assert_eq!(cache.get(&ObjectKey::namespaced(&namespace, "bad")).map(|gadget| gadget.spec.size), None);

    // While it is watched, an object turns bad and another appears.
    for (name, patch) in [("good", json!({"spec": {"size": "huge"}})), ("bad", json!({"spec": {"size": 2}}))] {
        api.patch(name, &Default::default(), &kube::api::Patch::Merge(patch)).await?;
    }
    let bad = ObjectKey::namespaced(&namespace, "bad");
    timeout(SOON, cache.wait_for(&bad, |gadget| gadget.map(drop))).await?;
    assert_eq!(cache.get(&good).unwrap().spec.size, 1, "what was known of it stays");
    cancel.cancel();
    timeout(Duration::from_secs(1), feed).await??;
    Ok(())
}
