//! Charts that cannot be installed.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use dploy_k8s::api::{DployInstance, DployInstanceClaim};
use serde_json::json;

use crate::{
    harness::{World, claim_phase, eventually, phase},
    run,
};

/// Every phase that the instance is seen in, without repetitions.
fn watch_phases(world: &World, instance: &'static str) -> Arc<Mutex<Vec<String>>> {
    let (api, seen) = (world.api::<DployInstance>(), Arc::<Mutex<Vec<String>>>::default());
    let phases = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            if let Ok(Some(found)) = api.get_opt(instance).await {
                let now = phase(&found);
                let mut phases = phases.lock().unwrap();
                if phases.last() != Some(&now) {
                    phases.push(now);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    seen
}

#[test]
fn s43_a_broken_chart_ends_failed_with_flux_reason_and_does_not_flap_before() {
    run(|world| async move {
        let url = &world.cluster.artifacts().unwrap().chart_repository;
        let chart = json!({ "type": "helm", "repoURL": url, "chart": "broken" });
        world.template("broken", chart, json!({})).await;
        let phases = watch_phases(&world, "jane-broken");
        let claim = world.claim("jane", "broken").await;
        let failed = eventually("it has failed", || async {
            world.get::<DployInstance>("jane-broken").await.filter(|found| phase(found) == "Failed")
        })
        .await;
        let status = failed.status.unwrap();
        let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready").unwrap();
        assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("False", "InstallFailed"), "{}", ready.message);
        assert!(ready.message.contains("this chart never installs"), "{}", ready.message);
        assert_eq!(status.health, "Degraded");
        tokio::time::sleep(Duration::from_secs(3)).await;
        let seen: Vec<_> = phases.lock().unwrap().clone();
        let settled: Vec<_> = seen.iter().filter(|phase| !["", "Pending"].contains(&phase.as_str())).collect();
        assert_eq!(settled, ["Provisioning", "Failed"], "{seen:?}");
        let bound = world.get::<DployInstanceClaim>(&claim).await.unwrap();
        assert_eq!(claim_phase(&bound), "Bound", "its owner sees that it failed");
        let started = eventually("its clock runs", || async {
            world.get::<DployInstanceClaim>(&claim).await?.status?.started_at
        });
        started.await;
        world.delete::<DployInstanceClaim>(&claim).await;
        world.holds(0).await;
    });
}
