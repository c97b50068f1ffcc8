//! The stub of helm-controller on a real API server.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use dploy_k8s::testing::{Cluster, Error, Filter, HelmStub, SharedCluster};
use kube::{
    Api,
    api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams},
    runtime::wait::{await_condition, conditions::is_deleted},
};
use serde_json::json;
use tokio::time::{Instant, timeout};

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().flux_crds());

const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn the_stub_answers_releases_as_helm_controller_does() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let delay = Duration::from_millis(300);
    let stub = HelmStub::new(cluster.client_as("stub")?).ready_after(delay).removed_after(delay).failing("broken");
    let _running = stub.start();
    let namespace = cluster.namespace().await?;
    let kind = GroupVersionKind::gvk("helm.toolkit.fluxcd.io", "v2", "HelmRelease");
    let resource = ApiResource::from_gvk_with_plural(&kind, "helmreleases");
    let releases = Api::<DynamicObject>::namespaced_with(cluster.client()?, &namespace, &resource);
    let observed = |generation: i64, ready: &'static str| {
        move |release: Option<&DynamicObject>| {
            release.is_some_and(|release| {
                let conditions = release.data["status"]["conditions"].as_array();
                let mut conditions = conditions.into_iter().flatten();
                release.data["status"]["observedGeneration"] == generation
                    && conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == ready)
            })
        }
    };
    for (name, chart, ready) in [("good", "webapp", "True"), ("bad", "charts/broken", "False")] {
        let chart = json!({ "spec": { "chart": chart, "sourceRef": { "kind": "HelmRepository", "name": "x" } } });
        let spec = json!({ "spec": { "interval": "1h", "chart": chart } });
        let start = Instant::now();
        releases.create(&PostParams::default(), &DynamicObject::new(name, &resource).data(spec)).await?;
        let reached = await_condition(releases.clone(), name, observed(1, ready));
        timeout(LIMIT, reached).await.expect("in time").unwrap();
        assert!(start.elapsed() >= delay);
    }
    let change = Patch::Merge(json!({ "spec": { "interval": "2h" } }));
    let changed = releases.patch("good", &PatchParams::default(), &change).await?;
    let reached = await_condition(releases.clone(), "good", observed(2, "True"));
    timeout(LIMIT, reached).await.expect("in time").unwrap();

    let uid = changed.metadata.uid.unwrap();
    releases.delete("good", &DeleteParams::default()).await?;
    assert!(releases.get_opt("good").await?.is_some(), "the finalizer holds it");
    timeout(LIMIT, await_condition(releases, "good", is_deleted(&uid))).await.expect("in time").unwrap();
    let writes = Filter::new().user("stub").namespace(&namespace).mutating();
    assert_eq!(cluster.audit().count(&writes)?, 6, "two adoptions, three reports, one removal");
    Ok(())
}
