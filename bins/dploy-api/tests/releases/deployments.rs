use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;

#[rstest]
#[case("draft", json!({ "environment": "staging" }), 400, "invalid_status")]
#[case("unknown", json!({ "environment": "staging" }), 404, "not_found")]
#[case("1", json!({}), 400, "invalid_request")]
#[case("1", json!({ "environment": "test" }), 400, "invalid_request")]
#[case("1", json!({ "environment": ".." }), 400, "invalid_request")]
#[case("1", json!({ "environment": "../clusters" }), 400, "invalid_request")]
#[case("1", json!({ "environment": "staging", "triggeredBy": "a\nb" }), 400, "invalid_request")]
#[tokio::test]
async fn s33_w09_what_cannot_be_deployed_is_refused(
    #[case] version: &str,
    #[case] body: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let world = World::with_web().await;
    world.published("1", "main").await;
    world.draft("draft", "main").await.body(201);
    let answer = world.post(&format!("/apps/web/versions/{version}/deploy"), body).await;
    assert_eq!(answer.refused(), (status, code));
    assert_eq!(world.get("/deployments").await.body(200)["total"], 0);
}

#[tokio::test]
async fn s34_a_deployment_is_queued_at_once_and_comes_to_its_final_state() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    let body = json!({ "environment": "staging", "triggeredBy": "alice" });
    let queued = world.post("/apps/web/versions/1/deploy", body).await.body(202);
    assert_eq!((&queued["status"], &queued["state"]), (&json!("pending"), &json!("queued")));
    assert!(world.gitops.files("main").is_empty(), "no handler waits for git");
    world.work().await;
    let path = format!("/deployments/{}", queued["deploymentId"].as_str().unwrap());
    let mut done = world.get(&path).await.body(200);
    assert!(world.gitops.files("main").contains_key("environments/staging/apps/web/web.yaml"));
    assert_eq!(world.gitops.log("main").len(), 1);
    for field in ["appId", "deploymentId", "gitopsCommitSha"] {
        assert!(done[field].is_string(), "{field}");
        done[field] = json!("…");
    }
    insta::assert_json_snapshot!("deployment", done);
}

#[tokio::test]
async fn s34_w16_an_answer_can_wait_for_the_final_state() {
    let world = Arc::new(World::with_web().await);
    world.published("1", "main").await;
    let id = world.deploy("1", "staging").await.body(202)["deploymentId"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&format!("/deployments/{id}?wait=1ms")).await.body(200)["state"], "queued");
    let path = format!("/deployments/{id}?wait=30s");
    let (waited, ()) = tokio::join!(world.get(&path), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        world.work().await;
    });
    assert_eq!(waited.body(200)["state"], "succeeded");
    assert_eq!(world.get(&format!("/deployments/{id}?wait=1h")).await.refused(), (400, "invalid_request"));
    assert_eq!(world.get("/deployments/nothing?wait=30s").await.refused(), (404, "not_found"));
}

#[tokio::test]
async fn s34_changes_are_streamed_until_the_final_state() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    let id = world.deploy("1", "staging").await.body(202)["deploymentId"].as_str().unwrap().to_owned();
    let request = Request::get(format!("/api/v1/deployments/{id}/events")).header("x-api-key", KEY);
    let (streamed, ()) = tokio::join!(world.send(request.body(Body::empty()).unwrap()), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.work().await;
    });
    assert_eq!(streamed.headers["content-type"], "text/event-stream");
    let text = streamed.body.as_str().unwrap();
    assert!(text.starts_with("event: deployment\ndata: {\"deploymentId\":"), "{text}");
    let states: Vec<_> = text.lines().filter_map(|line| line.split("\"state\":\"").nth(1)?.split('"').next()).collect();
    assert_eq!((states.first(), states.last()), (Some(&"queued"), Some(&"succeeded")));
}

#[tokio::test]
async fn s58_w15_deployments_are_listed_with_who_why_and_what_became_of_them() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    world.published("2", "main").await;
    world.deployed("1", "staging").await;
    world.gitops.refuse(Some("no pushes today"));
    world.deployed("2", "production").await;
    let list = world.get("/apps/web/deployments").await.body(200);
    assert_eq!(all(&list["deployments"], "versionId"), ["2", "1"]);
    let failed = &list["deployments"][0];
    assert_eq!((&failed["status"], &failed["actor"]), (&json!("failed"), &json!("key:API_KEYS[0]")));
    assert!(failed["reason"].as_str().unwrap().contains("no pushes today"), "{failed}");
    assert!(failed["completedAt"].is_string() && list["deployments"][1]["gitopsCommitSha"].is_string());
    for (query, versions) in [
        ("?app=web&environment=staging", vec!["1"]),
        ("?status=failed", vec!["2"]),
        ("?state=succeeded", vec!["1"]),
        ("?status=success", vec!["1"]),
        ("?status=pending", vec![]),
        ("?version=2&limit=1", vec!["2"]),
    ] {
        let list = world.get(&format!("/deployments{query}")).await.body(200);
        assert_eq!(all(&list["deployments"], "versionId"), versions, "{query}");
    }
    assert_eq!(world.get("/deployments?status=gone").await.refused(), (400, "invalid_request"));
    assert_eq!(world.get("/deployments?app=api").await.refused(), (404, "not_found"));
}

#[tokio::test]
async fn s55_a_rollback_holds_policies_off_until_it_is_resumed() {
    let world = World::with_web().await;
    world.policy("auto", "main", "staging").await.body(201);
    for version in ["1", "2"] {
        world.published(version, "main").await;
        world.work().await;
        world.clock.advance(1);
    }
    let back = json!({ "environment": "staging", "previous": true });
    let rollback = world.post("/apps/web/rollback", back).await.body(202);
    assert_eq!((&rollback["versionId"], &rollback["trigger"]), (&json!("1"), &json!("rollback")));
    assert_eq!(rollback["replaces"], "2");
    world.work().await;
    let hold = world.get("/apps/web").await.body(200)["holds"]["staging"].clone();
    assert_eq!(hold["by"], "key:API_KEYS[0]");
    let published = world.published("3", "main").await;
    assert_eq!((&published["autoDeployments"], &published["held"][0]["policy"]), (&json!([]), &json!("auto")));
    world.post("/apps/web/targets/staging/resume", json!({})).await.body(204);
    assert_eq!(world.published("4", "main").await["autoDeployments"], json!(["staging"]));
}

#[tokio::test]
async fn s55_a_target_can_be_held_by_hand_and_a_newer_deployment_lifts_a_hold() {
    let world = World::with_web().await;
    world.policy("auto", "main", "staging").await.body(201);
    let path = "/apps/web/targets/staging/hold";
    assert_eq!(world.post(path, json!({})).await.refused(), (400, "invalid_request"));
    assert_eq!(
        world.post("/apps/web/targets/test/hold", json!({ "reason": "x" })).await.refused(),
        (400, "invalid_request")
    );
    assert_eq!(world.post(path, json!({ "reason": "fair" })).await.body(200)["reason"], "fair");
    assert_eq!(world.published("1", "main").await["autoDeployments"], json!([]));
    world.deployed("1", "staging").await;
    assert_eq!(world.get("/apps/web").await.body(200)["holds"], json!({}));
}

#[tokio::test]
async fn an_application_is_taken_off_a_target_and_stays_off() {
    let world = World::with_web().await;
    world.policy("auto", "main", "staging").await.body(201);
    let body = json!({ "environment": "staging", "triggeredBy": "alice" });
    assert_eq!(world.post("/apps/web/remove", body.clone()).await.refused(), (409, "conflict"));
    assert_eq!(world.post("/apps/web/remove", json!({})).await.refused(), (400, "invalid_request"));
    assert_eq!(world.post("/apps/none/remove", body.clone()).await.refused(), (404, "not_found"));
    world.published("1", "main").await;
    world.work().await;
    let removal = world.post("/apps/web/remove", body).await.body(202);
    assert_eq!((&removal["trigger"], &removal["versionId"]), (&json!("removal"), &json!("1")));
    world.work().await;
    let files = world.gitops.files("main");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["environments/staging/apps/kustomization.yaml"]);
    assert!(world.gitops.log("main")[0].message.starts_with("Remove web from staging\n\nDploy-App: web\n"));
    let app = world.get("/apps/web").await.body(200);
    assert_eq!(app["holds"]["staging"]["reason"], "removed from staging");
    assert!(app["currentVersion"].get("staging").is_none(), "{app}");
    assert_eq!(world.published("2", "main").await["autoDeployments"], json!([]));
    let events = world.get("/audit?app=web").await.body(200);
    assert!(all(&events["events"], "action").contains(&"deployment.create"), "{events}");
}

#[tokio::test]
async fn what_one_target_runs_is_promoted_to_another() {
    let world = World::with_web().await;
    world.published("1", "main").await;
    let body = json!({ "from": "staging", "to": "production" });
    assert_eq!(world.post("/apps/web/promote", body.clone()).await.refused(), (409, "conflict"));
    world.deployed("1", "staging").await;
    let promoted = world.post("/apps/web/promote", body).await.body(202);
    assert_eq!((&promoted["versionId"], &promoted["promotedFrom"]), (&json!("1"), &json!("staging")));
}

#[tokio::test]
async fn a_full_queue_turns_deployments_away_for_the_moment() {
    let world = World::with_web().await;
    for app in 0..20 {
        let name = format!("app-{app}");
        world.post("/apps", json!({ "name": name })).await.body(201);
        let drafted = world.post(&format!("/apps/{name}/versions/draft"), draft("1", "main")).await.body(201);
        let packed = dploy_core::testing::PlainArchives::pack(&[("web.yaml", MANIFEST)]);
        world.artifacts.upload(drafted["uploadUrl"].as_str().unwrap(), &packed).unwrap();
        world.post(&format!("/apps/{name}/versions/1/publish"), Value::Null).await.body(200);
        let body = json!({ "environment": "staging" });
        world.post(&format!("/apps/{name}/versions/1/deploy"), body).await.body(202);
    }
    world.published("1", "main").await;
    let full = world.deploy("1", "staging").await;
    assert_eq!(full.refused(), (429, "queue_full"));
    assert_eq!(full.headers["retry-after"], "5");
}
