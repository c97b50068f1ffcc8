use dploy_core::environments::{claim::Claim, ports::ClaimStore};
use dploy_k8s::api::DployInstanceClaim;
use serde_json::json;

use crate::world::{World, eventually, name, run};

/// The claim once its lifetime has started.
async fn started(world: &World, name: &str) -> Claim {
    eventually("its lifetime has started", || async {
        world.claims().find(name).await.unwrap().filter(|claim| claim.status.started_at.is_some())
    })
    .await
}

#[test]
fn s28_the_longest_lifetime_caps_extensions_also_those_that_kubectl_wrote() {
    run(|world| async move {
        world.on_demand("shell", "  ttl: { seconds: 600, extendSeconds: 400 }\n  maxLifetimeSeconds: 800\n").await;
        let asked = name(&world.claim("alice", "shell").await);
        let start = started(&world, &asked).await.status.started_at.unwrap();
        for extensions in [1, 7] {
            world.merge::<DployInstanceClaim>(&asked, json!({ "spec": { "extensions": extensions } })).await.unwrap();
            let status = eventually("the extensions count", || async {
                let status = world.claims().find(&asked).await.unwrap()?.status;
                (status.extend_count == extensions).then_some(status)
            })
            .await;
            assert_eq!(status.expires_at, Some(start.plus_seconds(800)));
        }
        let stored = world.get::<DployInstanceClaim>(&asked).await.unwrap().status.unwrap();
        assert_eq!(stored.max_ttl_seconds, Some(800));
    });
}

#[test]
fn s51_an_unlimited_environment_that_nobody_uses_ends_as_idle_and_a_used_one_stays() {
    run(|world| async move {
        world.on_demand("idle", "  ttl: { seconds: -1 }\n  idleTTL: 4s\n").await;
        let left = name(&world.claim("hal", "idle").await);
        let used = name(&world.claim("ida", "idle").await);
        started(&world, &left).await;
        let mut writes = 0;
        let ended = loop {
            let claim = started(&world, &used).await;
            writes += u32::from(world.claims().note_activity(&claim, jiff::Timestamp::now().into()).await.is_ok());
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let other = world.get::<DployInstanceClaim>(&left).await.unwrap().status.unwrap();
            if other.reason == "Idle" {
                break other;
            }
            assert!(writes < 60, "it does not end");
        };
        assert_eq!((ended.idle_ttl_seconds, ended.expires_at), (Some(4), None));
        let stays = world.claims().find(&used).await.unwrap().unwrap();
        assert_eq!(stays.status.phase.as_str(), "Bound");
        let ended = world.claim_at(&used, "Expired").await.status.unwrap();
        assert_eq!(ended.reason, "Idle", "it ends as well when it is not used any more");
        eventually("both instances are gone", || async { world.instances().await.is_empty().then_some(()) }).await;
    });
}

#[test]
fn s47_activity_makes_the_operator_write_nothing() {
    run(|world| async move {
        world.on_demand("shell", "  idleTTL: 1h\n").await;
        let asked = name(&world.claim("joe", "shell").await);
        eventually("the claim says that it is ready", || async {
            let ready = world.claims().find(&asked).await.unwrap()?.status.ready?;
            (ready.status == dploy_core::condition::Truth::True).then_some(())
        })
        .await;
        let before = started(&world, &asked).await;
        let noted = world.claims().note_activity(&before, jiff::Timestamp::now().into()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        assert_eq!(world.claims().find(&asked).await.unwrap().unwrap().meta.version, noted.meta.version);
    });
}

#[test]
fn s53_d19_an_environment_that_cannot_be_made_ends_when_its_time_is_up() {
    run(|world| async move {
        world.on_demand("broken", "  ttl: { seconds: 2 }\n  valuesTemplate: '{{ fail \"no\" }}'\n").await;
        let asked = name(&world.claim("kai", "broken").await);
        world.claim_at(&asked, "Bound").await;
        world.instance_at("kai-broken", "Failed").await;
        let ended = world.claim_at(&asked, "Expired").await.status.unwrap();
        assert_eq!(ended.reason, "Expired");
        eventually("nothing is left of it", || async { world.instances().await.is_empty().then_some(()) }).await;
    });
}
