use std::time::{Duration, Instant};

use dploy_k8s::api::DployTemplate;
use futures::future::join_all;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::world::{World, eventually, run};

async fn resize(world: &World, template: &str, size: u32) {
    let api = Api::<DployTemplate>::namespaced(world.client.clone(), &world.namespace);
    let patch = json!({ "spec": { "pool": { "size": size } } });
    api.patch(template, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
}

#[test]
fn s35_who_waits_for_an_empty_pool_is_answered_when_a_member_comes() {
    run(|world| async move {
        world.template("shell", "  method: pool\n  pool: { size: 0, maxSize: 1 }\n").await;
        let [here, there] = &world.replicas;
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        let refused = here.create(json!({ "template": "shell" }), &bob).await;
        assert_eq!(
            (refused.status, &refused.body["error"]["code"]),
            (StatusCode::SERVICE_UNAVAILABLE, &json!("pool_exhausted"))
        );
        let asked = here.create(json!({ "template": "shell", "waitForPool": true }), &alice);
        let seen = async {
            eventually("the other replica says that it waits", || async {
                let list = there.call(Method::GET, "/api/v1/environments", &alice).await.body;
                (list["environments"][0]["reason"] == "WaitingForPool").then_some(())
            })
            .await;
            resize(&world, "shell", 1).await;
        };
        let (answer, ()) = tokio::join!(asked, seen);
        assert_eq!((answer.status, &answer.body["phase"]), (StatusCode::OK, &json!("Ready")), "{answer:?}");
        assert!(answer.body["url"].as_str().is_some_and(|url| !url.is_empty()), "{answer:?}");
    });
}

#[test]
fn much_activity_through_two_replicas_is_few_writes() {
    run(|world| async move {
        world.template("vscode", "  ttl: { seconds: -1 }\n  idleTTL: 1h\n").await;
        let [here, there] = &world.replicas;
        let alice = world.person("alice");
        let id = here.create(json!({ "template": "vscode" }), &alice).await.body["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/environments/{id}");
        eventually("its lifetime has started", || async {
            here.call(Method::GET, &path, &alice).await.body["idleExpiresAt"].as_str().map(drop)
        })
        .await;
        let generation = || async { world.claims().await[0].metadata.generation.unwrap() };
        let before = generation().await;
        let activity = format!("{path}/activity");
        for _ in 0..5 {
            let calls =
                (0..20).flat_map(|_| [here, there]).map(|replica| replica.call(Method::POST, &activity, &alice));
            for answer in join_all(calls).await {
                assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
            }
        }
        assert_eq!(generation().await, before, "the start of the lifetime was use enough");
    });
}

#[test]
fn s52_an_environment_that_is_used_stays_and_ends_when_it_is_left() {
    run(|world| async move {
        world.template("brief", "  idleTTL: 5s\n").await;
        let [here, there] = &world.replicas;
        let alice = world.person("alice");
        let id = here.create(json!({ "template": "brief" }), &alice).await.body["id"].as_str().unwrap().to_owned();
        let activity = format!("/api/v1/environments/{id}/activity");
        let begun = Instant::now();
        for turn in 0..24 {
            let replica = if turn % 2 == 0 { here } else { there };
            assert_eq!(replica.call(Method::POST, &activity, &alice).await.status, StatusCode::NO_CONTENT);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let claim = world.claims().await.remove(0);
        let writes = claim.metadata.generation.unwrap() - 1;
        // A use is noted to the second: the clock shows two more of them than have passed in full.
        let seconds = i64::try_from(begun.elapsed().as_secs()).unwrap() + 2;
        assert!((1..=seconds).contains(&writes), "{writes} writes in {seconds} seconds");
        eventually("it ended because it was left", || async {
            let claims = world.claims().await;
            claims.first().is_none_or(|claim| claim.status.as_ref().unwrap().reason == "Idle").then_some(())
        })
        .await;
        assert_eq!(here.call(Method::POST, &activity, &alice).await.status, StatusCode::NOT_FOUND);
    });
}
