//! Environments that do not want to go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use clap::Parser;
use dploy_core::environments::plan::instance::TEARDOWN_DEADLINE_SECONDS;
use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim},
    controller::Clock,
    foreign::flux::HelmRelease,
};
use dploy_operator::Config;
use jiff::{SignedDuration, Timestamp};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    chart,
    harness::{World, eventually, phase},
    run, stub,
};

/// An operator in this process, by whose clock it is `ahead` seconds later.
fn operator(world: &World, ahead: &Arc<AtomicI64>, shutdown: &CancellationToken) {
    let arguments = ["--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0"];
    let mut config = Config::try_parse_from([&["dploy-operator"][..], &arguments].concat()).unwrap();
    config.namespace.clone_from(&world.namespace);
    let ahead = Arc::clone(ahead);
    config.clock = Clock::new(move || Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::SeqCst)));
    let client = world.cluster.client_as("operator").unwrap();
    tokio::spawn(dploy_operator::run(config, client, shutdown.clone()));
}

fn stalled(instance: &DployInstance) -> Option<String> {
    let conditions = instance.status.iter().flat_map(|status| &status.conditions);
    let found = conditions.into_iter().find(|found| found.type_ == "Stalled" && found.status == "True")?;
    Some(format!("{}: {}", found.reason, found.message))
}

#[test]
fn s55_d28_a_teardown_that_hangs_is_explained_after_the_deadline_and_the_force_path_completes_it() {
    run(|world| async move {
        let _holding = stub(&world).removed_after(Duration::from_secs(86_400)).start();
        let (ahead, shutdown) = (Arc::default(), CancellationToken::new());
        let _stop = shutdown.clone().drop_guard();
        operator(&world, &ahead, &shutdown);
        world.template("shell", chart(), json!({})).await;
        let claim = world.claim("jane", "shell").await;
        let (_, instance) = world.served(&claim).await;
        let name = instance.metadata.name.unwrap();
        world.delete::<DployInstanceClaim>(&claim).await;
        eventually("it is being torn down", || async {
            world.get::<DployInstance>(&name).await.filter(|found| phase(found) == "Expiring")
        })
        .await;
        ahead.store(TEARDOWN_DEADLINE_SECONDS - 60, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(stalled(&world.get(&name).await.unwrap()), None, "the deadline has not passed");

        ahead.store(TEARDOWN_DEADLINE_SECONDS + 60, Ordering::SeqCst);
        let why =
            eventually("a condition explains it", || async { stalled(&world.get::<DployInstance>(&name).await?) })
                .await;
        assert!(why.starts_with("EngineRemovalPending: waiting for HelmRelease"), "{why}");
        assert_eq!(world.workloads().await.len(), 1, "the namespace waits for the release");

        let force = json!({ "metadata": { "annotations": { "dploy.dev/force-delete": "true" } } });
        world.api::<DployInstance>().patch(&name, &PatchParams::default(), &Patch::Merge(force)).await.unwrap();
        eventually("it is gone", || async { world.get::<DployInstance>(&name).await.is_none().then_some(()) }).await;
        eventually("nothing is left", || async {
            (world.list::<HelmRelease>().await.is_empty() && world.workloads().await.is_empty()).then_some(())
        })
        .await;
    });
}
