//! What belongs to nothing, with a grace period of seconds.

use std::time::Duration;

use clap::Parser;
use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim},
    foreign::flux::{HelmRelease, HelmRepository},
    testing::Filter,
};
use dploy_operator::Config;
use k8s_openapi::api::{core::v1::Namespace, events::v1::Event};
use kube::{
    Api,
    api::{ListParams, PostParams},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    chart,
    harness::{World, eventually},
    run, stub,
};

fn operator(world: &World, grace: &str, shutdown: &CancellationToken) {
    let grace = format!("--orphan-grace={grace}");
    let arguments = ["--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0", &grace];
    let mut config = Config::try_parse_from([&["dploy-operator"][..], &arguments].concat()).unwrap();
    config.namespace.clone_from(&world.namespace);
    let client = world.cluster.client_as("operator").unwrap();
    tokio::spawn(dploy_operator::run(config, client, shutdown.clone()));
}

/// Metadata that says that `holder` with this uid is what the object was made for.
fn made_for(holder: &str, key: &str, uid: &str) -> Value {
    json!({
        "labels": { "dploy.dev/managed": "true" },
        "annotations": { (key): holder, "dploy.dev/instance-uid": uid },
    })
}

fn named(name: &str, mut metadata: Value) -> Value {
    metadata["name"] = json!(name);
    metadata
}

async fn namespace(world: &World, name: &str, metadata: Value) {
    let object = json!({ "metadata": named(name, metadata) });
    let api = Api::<Namespace>::all(world.client.clone());
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
}

/// A namespace that is there and stays; one that is being deleted counts as gone, since nothing empties it here.
async fn stands(world: &World, name: &str) -> bool {
    let found = Api::<Namespace>::all(world.client.clone()).get_opt(name).await.unwrap();
    found.is_some_and(|found| found.metadata.deletion_timestamp.is_none())
}

async fn events(world: &World, name: &str) -> Vec<String> {
    let all = Api::<Event>::all(world.client.clone()).list(&ListParams::default()).await.unwrap().items;
    let about = |event: &Event| event.regarding.as_ref().and_then(|about| about.name.as_deref()) == Some(name);
    all.into_iter().filter(about).filter_map(|event| event.reason).collect()
}

#[test]
fn s57_a_managed_namespace_and_engine_objects_without_an_owner_are_told_and_removed_after_the_grace_period() {
    run(|world| async move {
        let _stub = stub(&world).start();
        let shutdown = CancellationToken::new();
        let _stop = shutdown.clone().drop_guard();
        let lost = format!("{}/lost", world.namespace);
        let (instance, template) = ("dploy.dev/instance-key", "dploy.dev/template-key");
        let workload = format!("{}-lost", world.namespace);
        namespace(&world, &workload, made_for(&lost, instance, "0-0")).await;
        let release = json!({
            "metadata": named("lost", made_for(&lost, instance, "0-0")),
            "spec": { "interval": "5m", "chart": { "spec": { "chart": "x", "sourceRef": { "kind": "HelmRepository", "name": "x" } } } },
        });
        world
            .api::<HelmRelease>()
            .create(&PostParams::default(), &serde_json::from_value(release).unwrap())
            .await
            .unwrap();
        let source = json!({
            "metadata": named("lost", made_for(&lost, template, "1-1")),
            "spec": { "url": "https://charts.example.org", "interval": "5m" },
        });
        world
            .api::<HelmRepository>()
            .create(&PostParams::default(), &serde_json::from_value(source).unwrap())
            .await
            .unwrap();
        operator(&world, "2s", &shutdown);
        eventually("all three are gone", || async {
            let left = [
                stands(&world, &workload).await,
                world.get::<HelmRelease>("lost").await.is_some(),
                world.get::<HelmRepository>("lost").await.is_some(),
            ];
            (left == [false; 3]).then_some(())
        })
        .await;
        eventually("it was told twice", || async {
            let told = events(&world, &workload).await;
            ["Orphaned", "OrphanRemoved"].iter().all(|reason| told.iter().any(|known| known == reason)).then_some(())
        })
        .await;
    });
}

#[test]
fn s56_s57_what_lacks_our_label_or_uid_or_whose_instance_lives_is_never_swept() {
    run(|world| async move {
        let _stub = stub(&world).start();
        let shutdown = CancellationToken::new();
        let _stop = shutdown.clone().drop_guard();
        world.template("shell", chart(), json!({})).await;
        let key = "dploy.dev/instance-key";
        let lost = format!("{}/lost", world.namespace);
        let foreign = |name: &str| format!("{}-{name}", world.namespace);
        let mut unlabelled = made_for(&lost, key, "0-0");
        unlabelled["labels"] = json!({});
        namespace(&world, &foreign("unlabelled"), unlabelled).await;
        let mut without_uid = made_for(&lost, key, "0-0");
        without_uid["annotations"] = json!({ (key): lost });
        namespace(&world, &foreign("without-uid"), without_uid).await;
        namespace(&world, &foreign("without-key"), made_for(&lost, "example.org/other", "0-0")).await;
        operator(&world, "1s", &shutdown);
        let claim = world.claim("alice", "shell").await;
        let (_, instance) = world.served(&claim).await;
        let workload = instance.status.unwrap().namespace;
        tokio::time::sleep(Duration::from_secs(5)).await;
        for name in ["unlabelled", "without-uid", "without-key"] {
            assert!(stands(&world, &foreign(name)).await, "{name}");
        }
        assert!(stands(&world, &workload).await);
        let deletions = Filter::new().user("operator").verb("delete").namespace(&world.namespace);
        assert_eq!(world.cluster.audit().requests(&deletions).unwrap(), []);
        world.delete::<DployInstanceClaim>(&claim).await;
        eventually("it went as always", || async { world.list::<DployInstance>().await.is_empty().then_some(()) })
            .await;
    });
}
