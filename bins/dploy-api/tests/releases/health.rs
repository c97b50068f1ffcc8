use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::world::*;

async fn at(world: &World, path: &str) -> Answer {
    world.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn s03_health_needs_no_key_and_is_json() {
    let world = World::new().await;
    let health = at(&world, "/health").await;
    assert_eq!(health.headers["content-type"], "application/json");
    let body = health.body(200);
    assert_eq!(body["status"], "healthy");
    assert_eq!(body["checks"], json!({ "database": "ok", "s3": "ok", "gitops": "ok" }));
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test(start_paused = true)]
async fn s04_w18_health_names_the_part_that_does_not_answer() {
    let world = World::new().await;
    world.gitops.set_unavailable(true);
    let health = at(&world, "/health").await.body(503);
    assert_eq!(health["status"], "unhealthy");
    assert!(health["checks"]["gitops"].as_str().unwrap().starts_with("error: "), "{health}");
    assert_eq!(health["checks"]["database"], "ok");
    assert_eq!(at(&world, "/readyz").await.status, 503);
    assert_eq!(at(&world, "/livez").await.body(200), json!({ "status": "ok" }));
    world.gitops.set_unavailable(false);
    assert_eq!(at(&world, "/health").await.status, 503, "an answer counts for ten seconds");
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    assert_eq!(at(&world, "/health").await.status, 200);
    assert_eq!(at(&world, "/readyz").await.body(200), json!({ "status": "ready" }));
    world.artifacts.fail_next(1);
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    let checks: Value = at(&world, "/health").await.body(503)["checks"].clone();
    assert!(checks["s3"].as_str().unwrap().starts_with("error: "), "{checks}");
}
