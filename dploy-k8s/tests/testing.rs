//! The test cluster itself, on real servers.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use dploy_k8s::testing::{Cluster, Error, Filter, SharedCluster};
use k8s_openapi::api::{
    core::v1::ConfigMap,
    rbac::v1::{Role, RoleBinding},
};
use kube::{
    Api,
    api::{ApiResource, DynamicObject, ListParams, PostParams},
};
use serde_json::json;

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().user("reader", &["team:readers"]));

fn config_map(name: &str) -> ConfigMap {
    let mut map = ConfigMap::default();
    map.metadata.name = Some(name.to_owned());
    map
}

async fn soon(reached: impl AsyncFn() -> bool) {
    for _ in 0..6000 {
        if reached().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within a minute");
}

#[tokio::test]
async fn requests_are_counted_by_user_verb_and_resource() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let mark = cluster.audit().mark()?;
    for (user, name) in [("operator", "a"), ("operator", "b"), ("api", "c")] {
        let maps = Api::<ConfigMap>::namespaced(cluster.client_as(user)?, &namespace);
        maps.create(&PostParams::default(), &config_map(name)).await?;
        maps.get(name).await?;
    }
    let filter = Filter::new().namespace(&namespace).resource("configmaps").since(mark);
    let audit = cluster.audit();
    assert_eq!(audit.count(&filter)?, 6);
    assert_eq!(audit.count(&filter.clone().user("operator").mutating())?, 2);
    assert_eq!(audit.count(&filter.clone().user("api").verb("get"))?, 1);
    assert_eq!(audit.count(&filter.user("stub"))?, 0);
    Ok(())
}

#[tokio::test]
async fn an_unknown_user_is_impersonated_and_has_no_rights() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let maps = Api::<ConfigMap>::namespaced(cluster.client_as("eve")?, &namespace);
    let refused = maps.get("a").await.unwrap_err();
    assert!(matches!(&refused, kube::Error::Api(status) if status.code == 403), "{refused:?}");
    assert_eq!(cluster.audit().count(&Filter::new().user("eve").namespace(&namespace))?, 1);
    Ok(())
}

#[tokio::test]
async fn installed_kinds_are_served_at_once() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    cluster.install_crds_yaml(include_str!("testing/widgets.yaml")).await?;
    let resource = ApiResource {
        group: "testing.dploy.dev".to_owned(),
        version: "v1".to_owned(),
        api_version: "testing.dploy.dev/v1".to_owned(),
        kind: "Widget".to_owned(),
        plural: "widgets".to_owned(),
    };
    let namespace = cluster.namespace().await?;
    let widgets = Api::<DynamicObject>::namespaced_with(cluster.client()?, &namespace, &resource);
    widgets.create(&PostParams::default(), &DynamicObject::new("w", &resource)).await?;
    Ok(())
}

#[tokio::test]
async fn a_further_user_has_the_rights_of_its_groups_only() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let role = json!({
        "metadata": { "name": "reader" },
        "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"] }],
    });
    let roles = Api::<Role>::namespaced(cluster.client()?, &namespace);
    roles.create(&PostParams::default(), &serde_json::from_value(role).unwrap()).await?;
    let binding = json!({
        "metadata": { "name": "readers" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team:readers" }],
    });
    let bindings = Api::<RoleBinding>::namespaced(cluster.client()?, &namespace);
    bindings.create(&PostParams::default(), &serde_json::from_value(binding).unwrap()).await?;

    let maps = Api::<ConfigMap>::namespaced(cluster.client_as("reader")?, &namespace);
    // The authorizer reads bindings from a watch.
    soon(async || maps.list(&ListParams::default()).await.is_ok()).await;
    let refused = maps.create(&PostParams::default(), &config_map("a")).await.unwrap_err();
    assert!(matches!(&refused, kube::Error::Api(status) if status.code == 403), "{refused:?}");
    // The code is logged when the answer has been sent.
    let creations = Filter::new().user("reader").verb("create");
    let codes = || cluster.audit().requests(&creations).unwrap().iter().map(|request| request.code).collect::<Vec<_>>();
    soon(async || codes() == [Some(403)]).await;
    Ok(())
}

#[tokio::test]
async fn what_was_not_built_is_refused_by_name() -> Result<(), Error> {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let refused = cluster.artifacts().unwrap_err();
    assert_eq!(refused.to_string(), "the test cluster was built without .flux()");
    Ok(())
}
