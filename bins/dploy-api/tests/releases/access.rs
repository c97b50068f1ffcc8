use axum::body::Body;
use http::{Method, Request};
use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;

async fn with_headers(world: &World, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get("/api/v1/me");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

#[rstest]
#[case(&[])]
#[case(&[("x-api-key", "")])]
#[case(&[("x-api-key", "root-key-of-the-test")])]
#[case(&[("x-api-key", "dpk_0000000000000000000000000000000000000000")])]
#[case(&[("authorization", "Basic cm9vdA==")])]
#[case(&[("authorization", "Bearer nobody")])]
#[case(&[("authorization", "Bearer a.b.c")])]
#[tokio::test]
async fn s01_without_accepted_credentials_nothing_is_done(#[case] headers: &[(&str, &str)]) {
    let world = World::new().await;
    let mut request = Request::post("/api/v1/apps");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = world.send(request.body(Body::from(r#"{"name":"web"}"#)).unwrap()).await;
    assert_eq!(answer.refused(), (401, "unauthorized"));
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    assert_eq!(world.get("/apps").await.body(200)["total"], 0);
}

#[tokio::test]
async fn s01_routes_are_told_to_known_callers_only() {
    let world = World::new().await;
    for path in ["/api/v1/nothing", "/api/v1", "/api/v1/apps"] {
        let request = Request::builder().method(Method::PUT).uri(path).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.refused(), (401, "unauthorized"), "{path}");
    }
}

#[rstest]
#[case("x-api-key", KEY.to_owned(), "key:API_KEYS[0]")]
#[case("x-api-key", "second-key".to_owned(), "key:API_KEYS[1]")]
#[case("authorization", format!("Bearer {KEY}"), "key:API_KEYS[0]")]
#[case("authorization", format!("bearer {}", token(&json!({ "name": "alice" }))), "user:alice")]
#[case("x-api-key", token(&json!({ "name": "alice" })), "user:alice")]
#[tokio::test]
async fn s02_every_key_works_and_either_header_takes_keys_and_tokens(
    #[case] header: &str,
    #[case] value: String,
    #[case] actor: &str,
) {
    let answer = with_headers(&World::new().await, &[(header, &value)]).await;
    assert_eq!(answer.body(200)["actor"], actor);
}

#[tokio::test]
async fn administrators_may_do_everything_and_other_bearers_what_is_configured() {
    let world = World::with_web().await;
    let (alice, root) = (token(&json!({ "name": "alice" })), token(&json!({ "name": "root", "is_admin": true })));
    assert_eq!(world.ask_as(&alice, Method::GET, "/apps", Value::Null).await.status, 200);
    let refused = world.ask_as(&alice, Method::POST, "/apps", json!({ "name": "api" })).await;
    assert_eq!(refused.refused(), (403, "forbidden"));
    assert!(refused.told().2.contains("`manage`"), "{}", refused.told().2);
    assert_eq!(world.ask_as(&root, Method::POST, "/apps", json!({ "name": "api" })).await.status, 201);
}

#[tokio::test]
async fn w17_a_key_does_what_its_scope_allows_until_it_is_revoked() {
    let world = World::with_web().await;
    world.post("/apps", json!({ "name": "api" })).await.body(201);
    let scope = json!({ "name": "ci", "applications": ["web"], "actions": ["publish"] });
    let made = world.post("/keys", scope.clone()).await.body(201);
    let key = made["apiKey"].as_str().unwrap();
    assert_eq!(world.post("/keys", scope).await.refused(), (409, "conflict"));

    let path = "/apps/web/versions/draft";
    assert_eq!(world.ask_as(key, Method::POST, path, draft("1", "main")).await.status, 201);
    let path = "/apps/web/versions/1/deploy";
    let refused = world.ask_as(key, Method::POST, path, json!({ "environment": "staging" })).await;
    assert_eq!(refused.refused(), (403, "forbidden"));
    assert!(refused.told().2.contains("`deploy`"), "{}", refused.told().2);
    let hidden = world.ask_as(key, Method::POST, "/apps/api/versions/draft", draft("1", "main")).await;
    assert_eq!(hidden.refused(), (404, "not_found"));

    let listed = world.get("/keys").await.body(200);
    assert_eq!((&listed["keys"][0]["prefix"], listed["keys"][0]["apiKey"].as_str()), (&made["prefix"], None));
    assert!(listed["keys"][0]["lastUsedAt"].is_string());
    assert!(!listed.to_string().contains(key));
    let id = made["id"].as_str().unwrap();
    world.delete(&format!("/keys/{id}")).await.body(204);
    assert_eq!(world.delete(&format!("/keys/{id}")).await.refused(), (404, "not_found"));
    assert_eq!(world.ask_as(key, Method::GET, "/me", Value::Null).await.refused(), (401, "unauthorized"));
}

#[tokio::test]
async fn a_key_ends_when_it_expires() {
    let world = World::new().await;
    let expires = jiff::Timestamp::from(dploy_core::time::Clock::now(&*world.clock).plus_seconds(60)).to_string();
    let body = json!({ "name": "short", "actions": ["read"], "expiresAt": expires });
    let made = world.post("/keys", body).await.body(201);
    let key = made["apiKey"].as_str().unwrap();
    assert_eq!(world.ask_as(key, Method::GET, "/apps", Value::Null).await.status, 200);
    world.clock.advance(61);
    assert_eq!(world.ask_as(key, Method::GET, "/apps", Value::Null).await.refused(), (401, "unauthorized"));
}
