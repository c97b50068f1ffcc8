//! Objects that an older version stored and that today's rules refuse.

use std::{collections::BTreeSet, time::Duration};

use dploy_k8s::{
    api::crds,
    testing::{Cluster, Filter},
};
use k8s_openapi::{
    api::{core::v1::Namespace, events::v1::Event},
    apiextensions_apiserver::pkg::apis::apiextensions::v1::{
        CustomResourceDefinition, CustomResourceValidation, JSONSchemaProps,
    },
};
use kube::{
    Api,
    api::{ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::world::{eventually, operate, run_alone};

/// Our definitions with a schema that accepts everything.
fn lax() -> Vec<CustomResourceDefinition> {
    let mut crds = crds();
    for version in crds.iter_mut().flat_map(|crd| &mut crd.spec.versions) {
        let schema = JSONSchemaProps {
            type_: Some("object".to_owned()),
            x_kubernetes_preserve_unknown_fields: Some(true),
            ..JSONSchemaProps::default()
        };
        version.schema = Some(CustomResourceValidation { open_api_v3_schema: Some(schema) });
    }
    crds
}

fn api(cluster: &Cluster, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource {
        group: "dploy.dev".to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: "dploy.dev/v1alpha1".to_owned(),
        kind: kind.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
    };
    match kind {
        "OperatorConfig" => Api::all_with(cluster.client().unwrap(), &resource),
        _ => Api::namespaced_with(cluster.client().unwrap(), "default", &resource),
    }
}

/// A kind, a name, a spec, and what the condition `Accepted` says of it: its reason and how its message begins.
type Stored = (&'static str, &'static str, Value, &'static str, &'static str);

fn stored() -> Vec<Stored> {
    let template = |more: Value| {
        let mut spec =
            json!({ "chart": { "type": "helm", "repoURL": "https://charts.example.org", "chart": "shell" } });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    let pool = |more: Value| {
        let mut spec = template(json!({ "method": "pool", "pool": { "size": 1 } }));
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    let odd = |more: Value| {
        let mut spec = json!({ "templateRef": "good", "owner": "John Doe" });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    vec![
        (
            "OperatorConfig",
            "default",
            json!({ "flux": { "interval": "often" } }),
            "InvalidSpec",
            "spec.flux.interval must be",
        ),
        (
            "OperatorConfig",
            "odd",
            json!({ "defaultEngine": "helmfile" }),
            "Unreadable",
            "it does not read as a OperatorConfig: spec.defaultEngine must be one of argocd, flux",
        ),
        ("DployTemplate", "good", template(json!({})), "Accepted", ""),
        ("DployTemplate", "no-spec", Value::Null, "InvalidSpec", "chart needs path"),
        (
            "DployTemplate",
            "no-path",
            json!({ "chart": { "repoURL": "x" }, "sync": 1 }),
            "InvalidSpec",
            "chart needs path",
        ),
        (
            "DployTemplate",
            "immortal",
            template(json!({ "ttl": { "seconds": -5 } })),
            "InvalidSpec",
            "spec.ttl.seconds must be at least -1",
        ),
        (
            "DployTemplate",
            "personal",
            pool(json!({ "connectionURLTemplate": "https://{{ .Owner }}" })),
            "InvalidSpec",
            "connectionURLTemplate of a template with method pool must not use",
        ),
        (
            "DployTemplate",
            "wide",
            pool(json!({ "pool": { "size": 3, "maxSize": 2 } })),
            "InvalidSpec",
            "pool.size must not exceed maxSize",
        ),
        (
            "DployTemplate",
            "helmfile",
            template(json!({ "engine": "helmfile" })),
            "Unreadable",
            "it does not read as a DployTemplate: spec.engine must be one of argocd, flux",
        ),
        ("DployInstance", "no-spec", Value::Null, "InvalidSpec", "spec.templateRef must be"),
        (
            "DployInstance",
            "of-nothing",
            json!({ "owner": "alice" }),
            "Unreadable",
            "it does not read as a DployInstance: spec.templateRef must be given",
        ),
        (
            "DployInstance",
            "odd",
            odd(json!({ "ttlSeconds": -5 })),
            "InvalidSpec",
            "spec.ttlSeconds must be at least -1",
        ),
        (
            "DployInstance",
            "unsure",
            odd(json!({ "pooled": "perhaps" })),
            "Unreadable",
            "it does not read as a DployInstance: spec.pooled must be of type boolean",
        ),
        ("DployInstanceClaim", "no-spec", Value::Null, "InvalidSpec", "spec.owner must be"),
        ("DployInstanceClaim", "odd", odd(json!({})), "InvalidSpec", "spec.owner must be text that matches"),
        (
            "DployInstanceClaim",
            "often",
            odd(json!({ "extensions": "often" })),
            "Unreadable",
            "it does not read as a DployInstanceClaim: spec.extensions must be of type integer",
        ),
    ]
}

async fn store(cluster: &Cluster, (kind, name, spec, ..): &Stored) {
    let mut object = DynamicObject {
        types: Some(kube::api::TypeMeta { api_version: "dploy.dev/v1alpha1".to_owned(), kind: (*kind).to_owned() }),
        metadata: kube::api::ObjectMeta { name: Some((*name).to_owned()), ..Default::default() },
        data: json!({}),
    };
    if !spec.is_null() {
        object.data["spec"] = spec.clone();
    }
    if *kind == "DployInstance" {
        object.metadata.finalizers = Some(vec!["dploy.dev/instance-cleanup".to_owned()]);
    }
    api(cluster, kind).create(&PostParams::default(), &object).await.unwrap();
}

fn accepted(object: &DynamicObject) -> Option<(&str, &str)> {
    let conditions = object.data.pointer("/status/conditions")?.as_array()?;
    let accepted = conditions.iter().find(|condition| condition["type"] == "Accepted")?;
    Some((accepted["reason"].as_str()?, accepted["message"].as_str()?))
}

#[test]
fn d19_d24_what_an_older_version_stored_is_told_in_a_condition_and_keeps_nobody_busy() {
    run_alone(|cluster| async move {
        cluster.install_crds(&lax()).await.unwrap();
        for object in stored() {
            store(&cluster, &object).await;
        }
        cluster.install_crds(&crds()).await.unwrap();
        let unsure = api(&cluster, "DployInstance").get("unsure").await.unwrap().metadata.uid.unwrap();
        workload(&cluster, "unsure", &unsure).await;
        workload(&cluster, "nobody", "0-0-0").await;
        let engine = operate(&cluster).await;
        for (kind, name, _, reason, message) in stored() {
            eventually(&format!("{kind} {name} is told {reason}: {message}"), || async {
                let object = api(&cluster, kind).get(name).await.ok()?;
                let told = accepted(&object).map(|(reason, message)| (reason.to_owned(), message.to_owned()));
                let told = match told {
                    Some(told) => told,
                    None => event(&cluster, kind, name).await?,
                };
                (told.0 == reason && told.1.starts_with(message)).then_some(())
            })
            .await;
        }
        eventually("what somebody wrote by hand is made all the same", || async {
            engine.find(&dploy_core::environments::ObjectKey::new("default", "odd"))
        })
        .await;
        eventually("only what belongs to nothing is an orphan", || async {
            let orphans = orphans(&cluster).await;
            assert!(!orphans.contains("unsure"), "its instance exists, though nobody can read it");
            orphans.contains("nobody").then_some(())
        })
        .await;
        calm(&cluster).await;
        mended(&cluster).await;
        for name in ["no-spec", "odd"] {
            let instances = api(&cluster, "DployInstance");
            instances.delete(name, &DeleteParams::default()).await.unwrap();
            eventually(&format!("instance {name} is gone"), || async {
                instances.get_opt(name).await.unwrap().is_none().then_some(())
            })
            .await;
        }
    });
}

/// The workload namespace of an instance with that name and uid.
async fn workload(cluster: &Cluster, instance: &str, uid: &str) {
    let namespace = json!({ "metadata": {
        "name": instance,
        "labels": { "dploy.dev/managed": "true" },
        "annotations": { "dploy.dev/instance-uid": uid, "dploy.dev/instance-key": format!("default/{instance}") },
    } });
    let namespaces = Api::<Namespace>::all(cluster.client().unwrap());
    namespaces.create(&PostParams::default(), &serde_json::from_value(namespace).unwrap()).await.unwrap();
}

/// What an Event tells of an object of which the API server accepts no status.
async fn event(cluster: &Cluster, kind: &str, name: &str) -> Option<(String, String)> {
    let events = Api::<Event>::all(cluster.client().unwrap()).list(&ListParams::default()).await.unwrap();
    let about = |event: &Event| {
        let regarding = event.regarding.clone().unwrap_or_default();
        regarding.kind.as_deref() == Some(kind) && regarding.name.as_deref() == Some(name)
    };
    let found = events.items.into_iter().find(about)?;
    Some((found.reason?, found.note?))
}

/// The namespaces that are told to belong to nothing.
async fn orphans(cluster: &Cluster) -> BTreeSet<String> {
    let events = Api::<Event>::all(cluster.client().unwrap()).list(&ListParams::default()).await.unwrap();
    let told = events.items.into_iter().filter(|event| event.reason.as_deref() == Some("Orphaned"));
    told.filter_map(|event| event.regarding?.name).collect()
}

/// Nobody asks or writes anything while nothing changes.
async fn calm(cluster: &Cluster) {
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mark = cluster.audit().mark().unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let requests = cluster.audit().requests(&Filter::new().user("operator").without("leases").since(mark)).unwrap();
    let mutating: Vec<_> = requests.iter().filter(|request| request.is_mutating()).collect();
    assert!(mutating.is_empty(), "{mutating:?}");
    assert!(requests.len() < 20, "{requests:?}");
}

/// An edit that today's rules accept is taken up.
async fn mended(cluster: &Cluster) {
    for (kind, name, spec) in [
        ("DployTemplate", "immortal", json!({ "ttl": { "seconds": 60 } })),
        ("DployTemplate", "helmfile", json!({ "engine": null })),
        ("OperatorConfig", "default", json!({ "flux": { "interval": "5m" } })),
    ] {
        let patch = Patch::Merge(json!({ "spec": spec }));
        api(cluster, kind).patch(name, &PatchParams::default(), &patch).await.unwrap();
        eventually(&format!("{kind} {name} is accepted"), || async {
            let object = api(cluster, kind).get(name).await.ok()?;
            matches!(accepted(&object)?.0, "Accepted" | "Active").then_some(())
        })
        .await;
    }
}
