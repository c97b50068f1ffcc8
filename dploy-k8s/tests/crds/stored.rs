use dploy_k8s::{
    api::{DployInstance, DployTemplate, OperatorConfig},
    testing::{Cluster, required},
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceValidation, JSONSchemaProps,
};
use kube::{
    Api, Client, Resource,
    api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::server::resource;

/// Our definitions with a schema that accepts everything: what older versions may have stored.
fn lax() -> Vec<CustomResourceDefinition> {
    let mut crds = dploy_k8s::crds();
    for version in crds.iter_mut().flat_map(|crd| &mut crd.spec.versions) {
        version.schema = Some(CustomResourceValidation {
            open_api_v3_schema: Some(JSONSchemaProps {
                type_: Some("object".to_owned()),
                x_kubernetes_preserve_unknown_fields: Some(true),
                ..JSONSchemaProps::default()
            }),
        });
    }
    crds
}

async fn store(client: &Client, kind: &str, name: &str, data: Value) {
    let kind: ApiResource = resource(kind);
    let mut object = DynamicObject::new(name, &kind).data(data);
    object.metadata.finalizers = Some(vec!["dploy.dev/instance-cleanup".to_owned()]);
    let api: Api<DynamicObject> = match kind.kind.as_str() {
        "OperatorConfig" => Api::all_with(client.clone(), &kind),
        _ => Api::namespaced_with(client.clone(), "default", &kind),
    };
    api.create(&PostParams::default(), &object).await.unwrap();
}

/// Adds a label and takes the finalizer away, as every controller must be able to.
async fn label_and_release<K>(api: &Api<K>, name: &str)
where
    K: Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    let patch = json!({ "metadata": { "labels": { "a": "b" }, "finalizers": null } });
    let patched = api.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await;
    assert!(patched.unwrap_or_else(|error| panic!("{name}: {error}")).meta().finalizers.is_none());
}

#[tokio::test]
async fn objects_stored_by_an_older_version_are_read_changed_and_deleted() {
    let Some(cluster) = required(Cluster::builder().start().await).unwrap() else { return };
    let client = cluster.client().unwrap();
    cluster.install_crds(&lax()).await.unwrap();
    store(&client, "OperatorConfig", "default", json!({})).await;
    store(&client, "DployTemplate", "no-spec", json!({})).await;
    store(&client, "DployTemplate", "no-path", json!({ "spec": { "chart": { "repoURL": "x" }, "sync": 1 } })).await;
    store(&client, "DployInstance", "no-spec", json!({})).await;
    let odd = json!({ "templateRef": "vscode", "owner": "John Doe", "ttlSeconds": -5, "waitForPool": true });
    store(&client, "DployInstance", "odd", json!({ "spec": odd })).await;
    cluster.install_crds(&dploy_k8s::crds()).await.unwrap();

    let configs = Api::<OperatorConfig>::all(client.clone());
    let templates = Api::<DployTemplate>::namespaced(client.clone(), "default");
    let instances = Api::<DployInstance>::namespaced(client, "default");
    assert_eq!(configs.list(&ListParams::default()).await.unwrap().items.len(), 1);
    let listed = templates.list(&ListParams::default()).await.unwrap().items;
    assert!(listed.iter().all(|template| template.spec.enabled) && listed.len() == 2);
    assert_eq!(instances.list(&ListParams::default()).await.unwrap().items.len(), 2);

    let bind = json!({ "spec": { "renderSeed": "a".repeat(64), "claimRef": { "name": "c", "uid": "u" } } });
    let bound = instances.patch("odd", &PatchParams::default(), &Patch::Merge(bind)).await.unwrap();
    assert_eq!((bound.spec.ttl_seconds, bound.spec.owner.as_str()), (Some(-5), "John Doe"));
    let status = json!({ "status": { "phase": "Failed" } });
    for name in ["odd", "no-spec"] {
        instances.patch_status(name, &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
        label_and_release(&instances, name).await;
    }
    label_and_release(&configs, "default").await;
    label_and_release(&templates, "no-spec").await;
    label_and_release(&templates, "no-path").await;
}
