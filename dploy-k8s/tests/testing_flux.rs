//! Real Flux on the test cluster installs charts from every kind of source.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use dploy_k8s::testing::{Cluster, Error, SharedCluster};
use k8s_openapi::api::{apps::v1::Deployment, coordination::v1::Lease, core::v1::Namespace};
use kube::{
    Api, Client,
    api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, PostParams},
    runtime::wait::{await_condition, conditions::is_deleted},
};
use serde_json::{Value, json};
use tokio::time::timeout;

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().flux());

const LIMIT: Duration = Duration::from_secs(300);

fn api(client: &Client, namespace: &str, kind: &str) -> (Api<DynamicObject>, ApiResource) {
    let (group, version) = match kind {
        "HelmRelease" => ("helm.toolkit.fluxcd.io", "v2"),
        _ => ("source.toolkit.fluxcd.io", "v1"),
    };
    let plural = kind.strip_suffix('y').map_or_else(|| format!("{kind}s"), |stem| format!("{stem}ies"));
    let gvk = GroupVersionKind::gvk(group, version, kind);
    let resource = ApiResource::from_gvk_with_plural(&gvk, &plural.to_lowercase());
    (Api::namespaced_with(client.clone(), namespace, &resource), resource)
}

async fn create(client: &Client, namespace: &str, kind: &str, spec: Value) {
    let (api, resource) = api(client, namespace, kind);
    let object = DynamicObject::new("web", &resource).data(json!({ "spec": spec }));
    api.create(&PostParams::default(), &object).await.unwrap();
}

fn ready(status: &'static str) -> impl Fn(Option<&DynamicObject>) -> bool {
    move |object: Option<&DynamicObject>| {
        let conditions = object.and_then(|object| object.data.pointer("/status/conditions")?.as_array());
        let mut conditions = conditions.into_iter().flatten();
        conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == status)
    }
}

async fn becomes(client: &Client, namespace: &str, status: &'static str) -> DynamicObject {
    let (releases, _) = api(client, namespace, "HelmRelease");
    let reached = await_condition(releases, "web", ready(status));
    timeout(LIMIT, reached).await.expect("in time").unwrap().unwrap()
}

fn chart_of(source: &str, chart: &str, version: Option<&str>) -> Value {
    json!({ "spec": { "chart": chart, "version": version, "sourceRef": { "kind": source, "name": "web" }, "interval": "1h" } })
}

async fn deployed_version(client: &Client, namespace: &str) -> String {
    let deployment = Api::<Deployment>::namespaced(client.clone(), namespace).get("web").await.unwrap();
    deployment.spec.unwrap().template.spec.unwrap().containers[0].image.clone().unwrap()
}

#[tokio::test]
async fn the_node_has_a_heartbeat() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let leases = Api::<Lease>::namespaced(cluster.client()?, "kube-node-lease");
    let renewed = |lease: Option<&Lease>| lease.and_then(|lease| lease.spec.as_ref()?.renew_time.as_ref()).is_some();
    timeout(LIMIT, await_condition(leases, "node-0", renewed)).await.expect("in time").unwrap();
    Ok(())
}

#[tokio::test]
async fn a_release_from_a_chart_repository_becomes_ready_and_is_uninstalled() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let (client, namespace) = (cluster.client()?, cluster.namespace().await?);
    let url = &cluster.artifacts()?.chart_repository;
    create(&client, &namespace, "HelmRepository", json!({ "url": url, "interval": "1h" })).await;
    let chart = chart_of("HelmRepository", "webapp", Some("1.x"));
    let values = json!({ "replicas": 2, "host": "web.example.test" });
    create(&client, &namespace, "HelmRelease", json!({ "chart": chart, "interval": "1h", "values": values })).await;
    let release = becomes(&client, &namespace, "True").await;
    assert_eq!(deployed_version(&client, &namespace).await, "registry.example/webapp:1.1.0");

    let (releases, _) = api(&client, &namespace, "HelmRelease");
    let uid = release.metadata.uid.unwrap();
    releases.delete("web", &DeleteParams::default()).await?;
    let gone = await_condition(releases, "web", is_deleted(&uid));
    timeout(LIMIT, gone).await.expect("in time").unwrap();
    let left = Api::<Deployment>::namespaced(client.clone(), &namespace).get_opt("web").await?;
    assert!(left.is_none());

    let namespaces = Api::<Namespace>::all(client.clone());
    let uid = namespaces.get(&namespace).await?.metadata.uid.unwrap();
    namespaces.delete(&namespace, &DeleteParams::default()).await?;
    timeout(LIMIT, await_condition(namespaces, &namespace, is_deleted(&uid))).await.expect("in time").unwrap();
    Ok(())
}

#[tokio::test]
async fn a_release_from_a_git_tag_and_a_commit_becomes_ready() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let artifacts = cluster.artifacts()?;
    let references = [
        (json!({ "tag": "v1.0.0" }), "1.0.0"),
        (json!({ "commit": artifacts.commits["v1.1.0"] }), "1.1.0"),
        (json!({ "branch": "main" }), "2.0.0"),
    ];
    for (reference, version) in references {
        let (client, namespace) = (cluster.client()?, cluster.namespace().await?);
        let spec = json!({ "url": artifacts.git_repository, "ref": reference, "interval": "1h" });
        create(&client, &namespace, "GitRepository", spec).await;
        let chart = chart_of("GitRepository", "charts/webapp", None);
        create(&client, &namespace, "HelmRelease", json!({ "chart": chart, "interval": "1h" })).await;
        becomes(&client, &namespace, "True").await;
        assert_eq!(deployed_version(&client, &namespace).await, format!("registry.example/webapp:{version}"));
    }
    Ok(())
}

#[tokio::test]
async fn a_release_from_an_oci_artifact_becomes_ready() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let (client, namespace) = (cluster.client()?, cluster.namespace().await?);
    let spec = json!({
        "url": format!("{}/webapp", cluster.artifacts()?.oci_registry),
        "ref": { "semver": ">=1.0.0 <2.0.0" },
        "insecure": true,
        "interval": "1h",
        "layerSelector": { "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy" },
    });
    create(&client, &namespace, "OCIRepository", spec).await;
    let reference = json!({ "kind": "OCIRepository", "name": "web" });
    create(&client, &namespace, "HelmRelease", json!({ "chartRef": reference, "interval": "1h" })).await;
    becomes(&client, &namespace, "True").await;
    assert_eq!(deployed_version(&client, &namespace).await, "registry.example/webapp:1.1.0");
    Ok(())
}

#[tokio::test]
async fn a_chart_that_fails_is_reported_as_not_ready() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let (client, namespace) = (cluster.client()?, cluster.namespace().await?);
    let url = &cluster.artifacts()?.chart_repository;
    create(&client, &namespace, "HelmRepository", json!({ "url": url, "interval": "1h" })).await;
    let chart = chart_of("HelmRepository", "broken", None);
    create(&client, &namespace, "HelmRelease", json!({ "chart": chart, "interval": "1h" })).await;
    let (releases, _) = api(&client, &namespace, "HelmRelease");
    let failed = await_condition(releases, "web", |object: Option<&DynamicObject>| {
        object.is_some_and(|object| object.data.to_string().contains("this chart never installs"))
    });
    timeout(LIMIT, failed).await.expect("in time").unwrap();
    Ok(())
}
