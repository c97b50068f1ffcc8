//! What keeps workload namespaces to themselves, on a real API server.

use std::time::Duration;

use dploy_k8s::{api::DployTemplate, testing::Filter};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        core::v1::{LimitRange, Namespace, Pod, ResourceQuota},
        networking::v1::NetworkPolicy,
    },
};
use kube::{
    Api, Resource,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::world::{World, eventually, name, run};

const NAME: &str = "dploy-isolation";

async fn one<K>(world: &World, namespace: &str) -> Option<Value>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + serde::Serialize,
{
    let found = Api::<K>::namespaced(world.client.clone(), namespace).get_opt(NAME).await.unwrap();
    found.map(|object| serde_json::to_value(object).unwrap())
}

/// Claims an environment and gives its workload namespace once it is ready.
async fn ready(world: &World, owner: &str, template: &str) -> String {
    let asked = world.claim(owner, template).await;
    world.claim_at(&name(&asked), "Bound").await;
    world.instance_at(&format!("{owner}-{template}"), "Ready").await.status.unwrap().namespace
}

async fn labels(world: &World, namespace: &str) -> std::collections::BTreeMap<String, String> {
    world.workload_namespace(namespace).await.unwrap().metadata.labels.unwrap()
}

/// A pod that shares the node's network, which the level baseline forbids.
fn pod_of_the_nodes_network() -> Pod {
    let container = json!({ "name": "main", "image": "registry.example.org/none" });
    let spec = json!({ "hostNetwork": true, "containers": [container] });
    serde_json::from_value(json!({ "metadata": { "name": "probe" }, "spec": spec })).unwrap()
}

#[test]
fn s62_d05_every_workload_namespace_carries_the_profile_that_is_built_in() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let namespace = ready(&world, "alice", "shell").await;
        let mine = Filter::new().user("operator").mutating().namespace(&namespace);
        assert_eq!(world.cluster.audit().count(&mine).unwrap(), 3, "quota, limits and policy are one request each");
        assert_eq!(labels(&world, &namespace).await["pod-security.kubernetes.io/enforce"], "baseline");
        let quota = one::<ResourceQuota>(&world, &namespace).await.unwrap();
        assert_eq!(
            (&quota["spec"]["hard"]["pods"], &quota["metadata"]["labels"]["dploy.dev/managed"]),
            (&json!("50"), &json!("true"))
        );
        let limits = one::<LimitRange>(&world, &namespace).await.unwrap();
        assert_eq!(limits["spec"]["limits"][0]["default"], json!({ "cpu": "1", "memory": "1Gi" }));
        let policy = one::<NetworkPolicy>(&world, &namespace).await.unwrap();
        assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
        assert_eq!(
            policy["spec"]["ingress"][1]["from"][0]["namespaceSelector"]["matchLabels"],
            json!({ "dploy.dev/ingress": "true" })
        );
        assert_eq!(policy["spec"]["egress"][1]["ports"][0], json!({ "protocol": "UDP", "port": 53 }));
        assert_eq!(policy["spec"]["egress"].as_array().unwrap().len(), 2, "nothing leaves but name resolution");

        let pods = Api::<Pod>::namespaced(world.client.clone(), &namespace);
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        let refused = pods.create(&dry, &pod_of_the_nodes_network()).await.unwrap_err();
        assert!(refused.to_string().contains("PodSecurity \"baseline"), "{refused}");
    });
}

#[test]
fn s62_a_template_names_its_level_its_amounts_and_its_exceptions() {
    run(|world| async move {
        let spec = "  isolation:
    level: restricted
    resourceQuota: { pods: 2, limits.cpu: 1000m }
    limitRange: { default: { cpu: 200m, ephemeral-storage: 1Gi }, defaultRequest: { cpu: 0.1 } }
    networkPolicy:
      ingress:
      - from: [{ namespaceSelector: { matchLabels: { team: web } }, podSelector: { matchLabels: { app: proxy } } }]
        ports: [{ port: 8080 }, { port: metrics }]
      egress:
      - to: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.1.0.0/16] } }]
        ports: [{ protocol: UDP, port: 5000, endPort: 5010 }]
      - ports: [{ port: 443 }]
";
        world.on_demand("strict", spec).await;
        let namespace = ready(&world, "bob", "strict").await;
        assert_eq!(labels(&world, &namespace).await["pod-security.kubernetes.io/enforce"], "restricted");
        let quota = one::<ResourceQuota>(&world, &namespace).await.unwrap();
        assert_eq!(quota["spec"]["hard"], json!({ "limits.cpu": "1", "pods": "2" }));
        let limits = one::<LimitRange>(&world, &namespace).await.unwrap();
        assert_eq!(limits["spec"]["limits"][0]["defaultRequest"], json!({ "cpu": "100m", "ephemeral-storage": "1Gi" }));
        let policy = one::<NetworkPolicy>(&world, &namespace).await.unwrap();
        let selectors = json!({ "namespaceSelector": { "matchLabels": { "team": "web" } }, "podSelector": { "matchLabels": { "app": "proxy" } } });
        assert_eq!(
            policy["spec"]["ingress"][1],
            json!({ "from": [selectors], "ports": [{ "protocol": "TCP", "port": 8080 }, { "protocol": "TCP", "port": "metrics" }] })
        );
        let block = json!({ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"] } });
        assert_eq!(
            policy["spec"]["egress"][2],
            json!({ "to": [block], "ports": [{ "protocol": "UDP", "port": 5000, "endPort": 5010 }] })
        );
        assert_eq!(policy["spec"]["egress"][3], json!({ "ports": [{ "protocol": "TCP", "port": 443 }] }));
        let mark = world.cluster.audit().mark().unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let mine = Filter::new().user("operator").mutating().namespace(&namespace).since(mark);
        assert_eq!(world.cluster.audit().requests(&mine).unwrap(), [], "what the server wrote otherwise is the same");
    });
}

#[test]
fn s62_what_somebody_changes_or_removes_comes_back_and_then_nothing_is_written() {
    run(|world| async move {
        world.on_demand("shell", "").await;
        let namespace = ready(&world, "cleo", "shell").await;
        let (client, apply) = (world.client.clone(), PatchParams::default());
        let quotas = Api::<ResourceQuota>::namespaced(client.clone(), &namespace);
        let policies = Api::<NetworkPolicy>::namespaced(client.clone(), &namespace);
        let limits = Api::<LimitRange>::namespaced(client.clone(), &namespace);
        quotas.patch(NAME, &apply, &Patch::Merge(json!({ "spec": { "hard": { "pods": "5000" } } }))).await.unwrap();
        policies.delete(NAME, &DeleteParams::default()).await.unwrap();
        limits.patch(NAME, &apply, &Patch::Merge(json!({ "spec": { "limits": [] } }))).await.unwrap();
        let open = json!({ "metadata": { "labels": { "pod-security.kubernetes.io/enforce": "privileged" } } });
        Api::<Namespace>::all(client).patch(&namespace, &apply, &Patch::Merge(open)).await.unwrap();
        eventually("everything is as it was", || async {
            let quota = one::<ResourceQuota>(&world, &namespace).await?;
            let limits = one::<LimitRange>(&world, &namespace).await?;
            one::<NetworkPolicy>(&world, &namespace).await?;
            let level = labels(&world, &namespace).await["pod-security.kubernetes.io/enforce"].clone();
            (quota["spec"]["hard"]["pods"] == "50"
                && limits["spec"]["limits"][0]["type"] == "Container"
                && level == "baseline")
                .then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mark = world.cluster.audit().mark().unwrap();
        // The use of a quota is told in its status; that must not wake anybody to write.
        let used = json!({ "status": { "used": { "pods": "1" } } });
        quotas.patch_status(NAME, &apply, &Patch::Merge(used)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let mine = Filter::new().user("operator").mutating().namespace(&namespace).since(mark);
        assert_eq!(world.cluster.audit().requests(&mine).unwrap(), []);
    });
}

#[test]
fn s62_level_none_makes_no_profile_and_an_empty_part_makes_no_object() {
    run(|world| async move {
        world.on_demand("open", "  isolation: { level: none }\n").await;
        world
            .on_demand("bare", "  isolation: { resourceQuota: {}, limitRange: { default: {}, defaultRequest: {} } }\n")
            .await;
        let open = ready(&world, "dan", "open").await;
        assert!(!labels(&world, &open).await.keys().any(|label| label.starts_with("pod-security")));
        assert_eq!(one::<NetworkPolicy>(&world, &open).await, None);
        assert_eq!(one::<ResourceQuota>(&world, &open).await, None);
        let bare = ready(&world, "dan", "bare").await;
        assert_eq!((one::<ResourceQuota>(&world, &bare).await, one::<LimitRange>(&world, &bare).await), (None, None));
        assert!(one::<NetworkPolicy>(&world, &bare).await.is_some());
    });
}

#[test]
fn a_profile_that_the_server_refuses_is_said_of_the_instance_and_installs_nothing() {
    run(|world| async move {
        world.on_demand("odd", "  isolation: { resourceQuota: { 'not a resource': 1 } }\n").await;
        world.claim("eve", "odd").await;
        let failed = world.instance_at("eve-odd", "Failed").await;
        assert_eq!(crate::world::reason(&failed, "Ready"), "IsolationError");
        assert!(world.engine.find(&world.key("eve-odd")).is_none(), "nothing runs without its profile");
    });
}

#[test]
fn a_profile_that_cannot_be_used_is_a_condition_of_the_template() {
    run(|world| async move {
        let spec = "  isolation: { networkPolicy: { egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/64 } }] }] } }\n";
        world.on_demand("wrong", spec).await;
        let message = eventually("it is refused", || async {
            let status = world.get::<DployTemplate>("wrong").await?.status?;
            let accepted = status.conditions.into_iter().find(|condition| condition.type_ == "Accepted")?;
            (accepted.status == "False").then_some(accepted.message)
        })
        .await;
        assert!(message.contains("isolation.networkPolicy") && message.contains("10.0.0.0/64"), "{message}");
    });
}

#[test]
fn s62_a_followed_template_that_switches_its_profile_off_takes_it_away() {
    run(|world| async move {
        world.on_demand("shell", "  rollout: Follow\n").await;
        let namespace = ready(&world, "fay", "shell").await;
        assert!(one::<ResourceQuota>(&world, &namespace).await.is_some());
        let off = json!({ "spec": { "isolation": { "level": "none" } } });
        world.merge::<DployTemplate>("shell", off).await.unwrap();
        eventually("nothing of it is left", || async {
            let left = [
                one::<ResourceQuota>(&world, &namespace).await,
                one::<LimitRange>(&world, &namespace).await,
                one::<NetworkPolicy>(&world, &namespace).await,
            ];
            let labelled = labels(&world, &namespace).await.keys().any(|label| label.starts_with("pod-security"));
            (left.iter().all(Option::is_none) && !labelled).then_some(())
        })
        .await;
    });
}
