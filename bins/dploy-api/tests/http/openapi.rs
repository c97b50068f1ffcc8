use std::{fs, path::Path};

use super::*;

#[test]
fn the_checked_in_description_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let stored = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(stored, dploy_api::openapi_json().unwrap(), "run cargo xtask openapi");
}

#[tokio::test]
async fn the_description_is_served_and_knows_every_route() {
    let served = world().get("/openapi.json", "").await;
    assert!(served.body["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = served.body["paths"].as_object().unwrap();
    for path in [
        "/health",
        "/ready",
        "/api/ui-config",
        "/api/environments",
        "/api/environments/available",
        "/api/run/{env}",
        "/api/run/{env}/status",
        "/api/run/{env}/extend",
        "/api/me",
        "/api/admin/instances",
        "/api/admin/templates",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    let methods: Vec<_> = paths["/api/run/{env}"].as_object().unwrap().keys().map(String::as_str).collect();
    assert!(["get", "post", "delete"].iter().all(|method| methods.contains(method)), "{methods:?}");
}
