//! Nothing changes, and nothing is written.

use std::{collections::BTreeMap, time::Duration};

use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate},
    foreign::flux::{HelmRelease, HelmRepository},
    testing::Filter,
};
use futures::future::join_all;
use k8s_openapi::api::apps::v1::ControllerRevision;
use kube::ResourceExt as _;
use serde_json::json;

use crate::{
    harness::{Namespaced, eventually},
    process::Process,
    site::{Site, chart, pool_of, run},
};

/// How long nothing may be written in a usual run.
const CALM: Duration = Duration::from_secs(60);
/// How long in a long one.
const LONG_CALM: Duration = Duration::from_secs(600);
const MEMBERS: usize = 100;
const CLAIMS: usize = 900;

/// The resourceVersion of everything that the operator may write.
async fn versions(site: &Site) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    note::<DployTemplate>(site, &mut all).await;
    note::<DployInstance>(site, &mut all).await;
    note::<DployInstanceClaim>(site, &mut all).await;
    note::<HelmRelease>(site, &mut all).await;
    note::<HelmRepository>(site, &mut all).await;
    note::<ControllerRevision>(site, &mut all).await;
    for namespace in site.workloads().await {
        all.insert(format!("Namespace/{}", namespace.name_any()), namespace.resource_version().unwrap());
    }
    all
}

async fn note<K: Namespaced>(site: &Site, all: &mut BTreeMap<String, String>) {
    for object in site.list::<K>().await {
        all.insert(format!("{}/{}", K::kind(&()), object.name_any()), object.resource_version().unwrap());
    }
}

async fn stays_calm(site: Site, calm: Duration) {
    let _stub = site.stub().start();
    let first = Process::start(&site, "operator", &[("LEADER_ELECT", "false"), ("RESYNC_PERIOD", "5")]).ready().await;
    let more = json!({ "valuesTemplate": "password: {{ randAlphaNum 20 }}\nsince: {{ now }}\nid: {{ uuidv4 }}" });
    site.template("shell", chart(), more).await;
    site.template("warm", chart(), pool_of(MEMBERS, true)).await;
    join_all((0..CLAIMS).map(|n| {
        let site = &site;
        async move { site.claim(&format!("p{n}"), "shell").await }
    }))
    .await;
    site.usable(CLAIMS + MEMBERS).await;
    // Events are sent in the background, one after another.
    eventually("nothing is written any more", || async {
        let mark = site.mark();
        tokio::time::sleep(Duration::from_secs(3)).await;
        (site.cluster.audit().count(&mine().since(mark)).unwrap() == 0).then_some(())
    })
    .await;
    let (settled, mark) = (versions(&site).await, site.mark());
    tokio::time::sleep(calm).await;
    silent(&site, mark, &settled).await;
    first.kill();
    let mark = site.mark();
    let _second = site.operator().await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    silent(&site, mark, &settled).await;
}

/// The operator's writes.
fn mine() -> Filter {
    Filter::new().user("operator").mutating().without("leases")
}

/// Fails where the operator has written anything but leases since then.
async fn silent(site: &Site, mark: dploy_k8s::testing::Mark, settled: &BTreeMap<String, String>) {
    let requests = site.cluster.audit().requests(&mine().since(mark)).unwrap();
    assert!(requests.is_empty(), "{} writes: {:?}", requests.len(), requests.first());
    assert_eq!(&versions(site).await, settled);
    assert_eq!(settled.len(), (CLAIMS + MEMBERS) * 3 + CLAIMS + 2 + 2 + 2, "instances, releases, namespaces; claims");
}

#[test]
fn s47_a_thousand_settled_instances_are_resynced_and_a_restart_changes_nothing() {
    run(|site| stays_calm(site, CALM));
}

#[test]
#[ignore = "long: ten minutes of silence"]
fn s47_a_thousand_settled_instances_are_left_alone_for_ten_minutes() {
    run(|site| stays_calm(site, LONG_CALM));
}
