//! Environments that are provisioned when they are claimed.

use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate},
    foreign::flux::{GitRepository, HelmRelease, HelmRepository, OciRepository},
    testing::{Filter, Mark},
};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::{Api, api::ListParams};
use serde_json::json;

use crate::{
    harness::{World, eventually},
    run,
};

/// The images of the pods in the instance's namespace, once there are so many and all are ready.
async fn images(world: &World, instance: &DployInstance, pods: usize) -> Vec<String> {
    let namespace = &instance.status.as_ref().unwrap().namespace;
    let api = Api::<Pod>::namespaced(world.client.clone(), namespace);
    eventually(&format!("{pods} pods of {namespace} are ready"), || async {
        let found = api.list(&ListParams::default()).await.unwrap().items;
        let ready = found.iter().filter(|pod| is_ready(pod)).count();
        (found.len() == pods && ready == pods)
            .then(|| found.into_iter().map(|pod| pod.spec.unwrap().containers[0].image.clone().unwrap()).collect())
    })
    .await
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Fails unless the release was uninstalled, then the namespace deleted, then the instance let go.
fn assert_torn_down_in_order(world: &World, since: Mark, instance: &str, namespace: &str) {
    let all = world.cluster.audit().requests(&Filter::new().mutating().since(since)).unwrap();
    let last = |user: &str, resource: &str, name: &str| {
        let found = all.iter().rposition(|request| {
            // helm-controller reports once more on a release that is gone, and is told so.
            let written = request.code == Some(200) && request.subresource.is_empty();
            written
                && (request.user.as_str(), request.resource.as_str(), request.name.as_str()) == (user, resource, name)
        });
        found.unwrap_or_else(|| panic!("{user} did not write {resource} {name}"))
    };
    let steps = [
        last("operator", "helmreleases", instance),
        last("helm-controller", "helmreleases", instance),
        last("operator", "namespaces", namespace),
        last("operator", "dployinstances", instance),
    ];
    assert!(steps.is_sorted(), "{steps:?}");
}

/// Nothing is left of an environment, and once its template is gone too, no source.
async fn nothing_is_left(world: &World, claim: &str, template: &str, namespace: &str) {
    world.delete::<DployInstanceClaim>(claim).await;
    world.holds(0).await;
    assert!(world.list::<DployInstanceClaim>().await.is_empty());
    assert!(Api::<Namespace>::all(world.client.clone()).get_opt(namespace).await.unwrap().is_none());
    world.delete::<DployTemplate>(template).await;
    eventually("no source is left", || async {
        let sources = [
            world.list::<HelmRepository>().await.len(),
            world.list::<GitRepository>().await.len(),
            world.list::<OciRepository>().await.len(),
        ];
        (sources == [0; 3]).then_some(())
    })
    .await;
}

#[test]
fn s29_s40_s54_an_environment_of_a_helm_chart_runs_and_after_its_release_nothing_is_left() {
    run(|world| async move {
        let url = &world.cluster.artifacts().unwrap().chart_repository;
        let chart = json!({ "type": "helm", "repoURL": url, "chart": "webapp" });
        let values = "owner: '{{ .Owner }}'\nhost: web-{{ .UUID }}.example.org\nreplicas: 2\n";
        world.template("web", chart, json!({ "valuesTemplate": values })).await;
        let claim = world.claim("jane", "web").await;
        let (bound, instance) = world.served(&claim).await;
        let status = instance.status.clone().unwrap();
        assert_eq!(status.namespace, format!("jane-web-{}", status.uuid));
        assert_eq!(bound.status.unwrap().url, status.url);
        assert_eq!(images(&world, &instance, 2).await, ["registry.example/webapp:2.0.0"; 2], "the newest version");
        let release = world.get::<HelmRelease>("jane-web").await.unwrap();
        assert_eq!(release.spec.target_namespace.as_deref(), Some(status.namespace.as_str()));
        assert_eq!(release.spec.storage_namespace, release.spec.target_namespace);
        assert_eq!(release.metadata.owner_references.unwrap()[0].uid, instance.metadata.uid.unwrap());
        let mark = world.cluster.audit().mark().unwrap();
        nothing_is_left(&world, &claim, "web", &status.namespace).await;
        assert_torn_down_in_order(&world, mark, "jane-web", &status.namespace);
    });
}

#[test]
fn s40_a_bare_instance_of_a_git_tag_becomes_ready() {
    run(|world| async move {
        let url = &world.cluster.artifacts().unwrap().git_repository;
        let chart = json!({ "type": "git", "repoURL": url, "path": "charts/webapp", "ref": { "tag": "v1.1.0" } });
        world.template("web", chart, json!({})).await;
        world
            .create::<DployInstance>("by-hand", json!({ "templateRef": "web", "owner": "joe", "ttlSeconds": 900 }))
            .await;
        let claim = eventually("it has a claim", || async { world.list::<DployInstanceClaim>().await.pop() }).await;
        let claim = claim.metadata.name.unwrap();
        let (_, instance) = world.served(&claim).await;
        assert_eq!(images(&world, &instance, 1).await, ["registry.example/webapp:1.1.0"]);
        let labels = world.workloads().await[0].metadata.labels.clone().unwrap();
        let status = instance.status.unwrap();
        for (label, value) in [("managed", "true"), ("template", "web"), ("owner", "joe"), ("instance", &status.uuid)] {
            assert_eq!(labels[&format!("dploy.dev/{label}")], value);
        }
        nothing_is_left(&world, &claim, "web", &status.namespace).await;
    });
}

#[test]
fn s29_s41_an_environment_of_an_oci_chart_runs_and_goes() {
    run(|world| async move {
        let url = &world.cluster.artifacts().unwrap().oci_registry;
        let chart = json!({ "type": "helm", "repoURL": url, "chart": "webapp", "targetRevision": "1.0.0" });
        world.template("web", chart, json!({})).await;
        let claim = world.claim("jill", "web").await;
        let (_, instance) = world.served(&claim).await;
        assert_eq!(images(&world, &instance, 1).await, ["registry.example/webapp:1.0.0"]);
        let release = world.get::<HelmRelease>("jill-web").await.unwrap();
        assert_eq!(release.spec.chart_ref.unwrap().kind, "OCIRepository");
        assert_eq!(world.list::<OciRepository>().await.len(), 1);
        nothing_is_left(&world, &claim, "web", &instance.status.unwrap().namespace).await;
    });
}
