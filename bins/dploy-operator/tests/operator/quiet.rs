//! A restart over a settled cluster.

use std::{collections::BTreeMap, time::Duration};

use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate},
    foreign::flux::{HelmRelease, HelmRepository},
    testing::Filter,
};
use k8s_openapi::api::apps::v1::ControllerRevision;
use serde_json::json;

use crate::{
    chart,
    harness::{Namespaced, World},
    pool_of,
    process::Process,
    run, stub,
};

/// The resourceVersion of everything that the operator may write.
async fn versions(world: &World) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    note::<DployTemplate>(world, &mut all).await;
    note::<DployInstance>(world, &mut all).await;
    note::<DployInstanceClaim>(world, &mut all).await;
    note::<HelmRelease>(world, &mut all).await;
    note::<HelmRepository>(world, &mut all).await;
    note::<ControllerRevision>(world, &mut all).await;
    for namespace in world.workloads().await {
        all.insert(namespace.metadata.name.unwrap(), namespace.metadata.resource_version.unwrap());
    }
    all
}

async fn note<K: Namespaced>(world: &World, all: &mut BTreeMap<String, String>) {
    for object in world.list::<K>().await {
        let meta = object.meta();
        let name = format!("{}/{}", K::kind(&()), meta.name.as_deref().unwrap());
        all.insert(name, meta.resource_version.clone().unwrap());
    }
}

#[test]
fn s46_s47_an_operator_that_starts_over_settled_instances_writes_nothing() {
    run(|world| async move {
        let _stub = stub(&world).start();
        let before = Process::alone(&world).ready().await;
        let random = json!({
            "valuesTemplate": "password: {{ randAlphaNum 20 }}\nsince: {{ now }}\nid: {{ uuidv4 }}",
            "maxInstancesPerUser": 100,
        });
        world.template("shell", chart(), random).await;
        world.template("warm", chart(), pool_of(8)).await;
        world.pool("warm", 8).await;
        let mut claims = Vec::new();
        for owner in 0..12 {
            let template = if owner < 4 { "warm" } else { "shell" };
            claims.push(world.claim(&format!("owner-{owner}"), template).await);
        }
        for claim in &claims {
            world.served(claim).await;
        }
        world.pool("warm", 8).await;
        world.create::<DployInstance>("bare", json!({ "templateRef": "shell", "owner": "by-hand" })).await;
        world.holds(21).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        before.kill();

        let (settled, mark) = (versions(&world).await, world.cluster.audit().mark().unwrap());
        let _after = Process::alone(&world).ready().await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mine = Filter::new().user("operator").mutating().without("leases").since(mark);
        let requests = world.cluster.audit().requests(&mine).unwrap();
        assert!(requests.is_empty(), "{requests:?}");
        assert_eq!(versions(&world).await, settled);
        assert_eq!(
            settled.len(),
            21 * 3 + 13 + 2 + 2 + 2,
            "instances, releases, namespaces; claims; templates, sources, revisions"
        );
    });
}
