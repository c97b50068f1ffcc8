use axum::body::Body;
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;

#[tokio::test]
async fn targets_are_declared_changed_and_removed() {
    let world = World::with_web().await;
    let list = world.get("/targets").await.body(200);
    assert_eq!(all(&list["targets"], "name"), ["production", "staging"]);
    let made = world.post("/targets", json!({ "name": "test", "branch": "next" })).await.body(201);
    assert_eq!((&made["path"], &made["branch"]), (&json!("environments/test/apps"), &json!("next")));
    let changed = world.patch("/targets/test", json!({ "path": "clusters/test" })).await.body(200);
    assert_eq!((&changed["path"], &changed["branch"]), (&json!("clusters/test"), &json!("next")));
    assert_eq!(world.get("/targets/test").await.body(200)["path"], "clusters/test");
    assert_eq!(world.post("/targets", json!({ "name": "test" })).await.refused(), (409, "conflict"));
    world.delete("/targets/test").await.body(204);
    assert_eq!(world.get("/targets/test").await.refused(), (404, "not_found"));
    world.policy("auto", "main", "staging").await.body(201);
    assert_eq!(world.delete("/targets/staging").await.refused(), (409, "conflict"));
}

#[rstest]
#[case(json!({}), "name must be")]
#[case(json!({ "name": "../x" }), "name must be")]
#[case(json!({ "name": "x", "path": "../clusters" }), "path must be a relative path")]
#[case(json!({ "name": "x", "path": "/clusters" }), "path must be a relative path")]
#[case(json!({ "name": "x", "branch": "-x" }), "branch must be")]
#[case(json!({ "name": "x", "repository": "ext::sh -c id" }), "repository must be")]
#[case(json!({ "name": "x", "repository": "https://u:secret@git/x" }), "repository must be")]
#[tokio::test]
async fn w09_a_target_cannot_lie_elsewhere(#[case] body: Value, #[case] told: &str) {
    let answer = World::new().await.post("/targets", body).await;
    let (status, code, message) = answer.told();
    assert_eq!((status, code), (400, "invalid_request"));
    assert!(message.starts_with(told) && !message.contains("secret"), "{message}");
}

#[rstest]
#[case(json!({}), "actions must be")]
#[case(json!({ "actions": ["read"] }), "name must be")]
#[case(json!({ "name": "x", "actions": [] }), "actions must be at least one of")]
#[case(json!({ "name": "x", "actions": ["everything"] }), "actions must be a list of read")]
#[case(json!({ "name": "x", "actions": ["read"], "applications": ["A"] }), "applications must be a DNS label")]
#[case(json!({ "name": "x", "actions": ["read"], "expiresAt": "soon" }), "expiresAt must be a time as in RFC 3339")]
#[case(json!({ "name": "x", "actions": ["read"], "expiresAt": "2001-01-01T00:00:00Z" }), "expiresAt must be a time to come")]
#[tokio::test]
async fn a_wrong_key_is_refused_by_field(#[case] body: Value, #[case] told: &str) {
    let answer = World::new().await.post("/keys", body).await;
    assert_eq!(answer.refused(), (400, "invalid_request"));
    assert!(answer.told().2.starts_with(told), "{}", answer.told().2);
}

#[tokio::test]
async fn the_audit_tells_who_did_what_by_which_request() {
    let world = World::with_web().await;
    let request = Request::post("/api/v1/apps").header("x-api-key", KEY).header("x-request-id", "trace-1");
    world.send(request.body(Body::from(r#"{"name":"api"}"#)).unwrap()).await.body(201);
    let events = world.get("/audit?action=application.register&limit=1").await.body(200);
    let event = &events["events"][0];
    assert_eq!((&event["actor"], &event["app"]), (&json!("key:API_KEYS[0]"), &json!("api")));
    assert_eq!((&event["requestId"], &event["outcome"]), (&json!("trace-1"), &json!("done")));
    assert_eq!(events["total"], 2);

    let alice = token(&json!({ "name": "alice" }));
    let denied = world.ask_as(&alice, http::Method::POST, "/apps", json!({ "name": "new" })).await;
    assert_eq!(denied.refused(), (403, "forbidden"));
    let events = world.get("/audit?actor=user:alice").await.body(200);
    assert_eq!(events["events"][0]["outcome"], "denied");
    assert_eq!(world.get("/audit?since=2023-11-14T22:13:21Z").await.body(200)["total"], 0);
    assert_eq!(world.get("/audit?since=then").await.refused(), (400, "invalid_request"));
}
