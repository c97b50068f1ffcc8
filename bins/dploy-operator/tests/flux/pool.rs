//! Warm pools.

use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate},
    foreign::flux::{GitRepository, HelmRelease},
};
use serde_json::json;

use crate::{
    harness::{eventually, phase},
    run,
};

#[test]
fn s29_s32_s33_s39_a_pool_from_git_fills_is_claimed_and_refills() {
    run(|world| async move {
        let url = &world.cluster.artifacts().unwrap().git_repository;
        let chart = json!({ "type": "git", "repoURL": url, "path": "charts/webapp", "targetRevision": "main" });
        let values = "host: web-{{ .UUID }}.example.org\n";
        let pool = json!({ "method": "pool", "pool": { "size": 2 }, "valuesTemplate": values });
        world.template("warm", chart, pool).await;
        let before = world.pool("warm", 2).await;
        assert_eq!(world.list::<GitRepository>().await.len(), 1, "they share a source");
        let digests = |releases: Vec<HelmRelease>| -> Vec<_> {
            releases.into_iter().map(|release| (release.metadata.uid, release.metadata.generation)).collect()
        };
        let releases = digests(world.list().await);

        let claim = world.claim("jane", "warm").await;
        let (bound, member) = world.served(&claim).await;
        assert!(!bound.status.unwrap().url.is_empty());
        let was = before.iter().find(|found| found.metadata.uid == member.metadata.uid).expect("it was in the pool");
        let (then, now) = (was.status.as_ref().unwrap(), member.status.as_ref().unwrap());
        assert_eq!((&then.namespace, &then.uuid, phase(&member).as_str()), (&now.namespace, &now.uuid, "Claimed"));
        world.pool("warm", 2).await;
        world.holds(3).await;
        let after = digests(world.list().await);
        assert!(releases.iter().all(|release| after.contains(release)), "no release was written by the claim");

        world.delete::<DployInstanceClaim>(&claim).await;
        world.holds(2).await;
        world.pool("warm", 2).await;
        world.delete::<DployTemplate>("warm").await;
        world.holds(0).await;
        eventually("no source is left", || async { world.list::<GitRepository>().await.is_empty().then_some(()) })
            .await;
        assert!(world.list::<DployInstance>().await.is_empty());
    });
}
