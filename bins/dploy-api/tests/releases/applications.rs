use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;

#[tokio::test]
async fn s05_an_application_is_registered_once() {
    let world = World::new().await;
    let made = world.post("/apps", json!({ "name": "web", "unknown": 1 })).await.body(201);
    assert_eq!(made["name"], "web");
    assert_eq!(made["id"].as_str().unwrap().len(), 36);
    assert_eq!(made["createdAt"], "2023-11-14T22:13:20Z");
    assert_eq!(world.post("/apps", json!({ "name": "web" })).await.refused(), (409, "conflict"));
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "name": "" }))]
#[case(json!({ "name": "../x" }))]
#[case(json!({ "name": "a b" }))]
#[case(json!({ "name": "A" }))]
#[case(json!({ "name": "a/b" }))]
#[case(json!({ "name": "a".repeat(64) }))]
#[case(json!({ "name": 5 }))]
#[case(json!([]))]
#[case(Value::String("web".into()))]
#[case(Value::Null)]
#[tokio::test]
async fn s05_s06_w09_a_name_that_is_no_dns_label_is_refused(#[case] body: Value) {
    let answer = World::new().await.post("/apps", body).await;
    let (status, code, message) = answer.told();
    assert_eq!((status, code), (400, "invalid_request"));
    assert!(message.starts_with("name must be ") || message.starts_with("the body must be "), "{message}");
}

#[tokio::test]
async fn s07_lists_are_pages_with_a_total_newest_first() {
    let world = World::new().await;
    let empty = world.get("/apps").await.body(200);
    assert_eq!(empty, json!({ "apps": [], "total": 0, "totalCount": 0, "limit": 50, "offset": 0 }));
    for name in ["a", "b", "c"] {
        world.post("/apps", json!({ "name": name })).await.body(201);
        world.clock.advance(1);
    }
    let page = world.get("/apps?limit=2&offset=1").await.body(200);
    assert_eq!(all(&page["apps"], "name"), ["b", "a"]);
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(2), &json!(1)));
}

#[rstest]
#[case("limit=1000", "limit must be a whole number from 1 to 100")]
#[case("limit=0", "limit must be a whole number from 1 to 100")]
#[case("limit=many", "limit must be a whole number from 1 to 100")]
#[case("offset=-1", "offset must be a whole number from 0")]
#[case("name=A", "name must be a DNS label: 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends")]
#[tokio::test]
async fn s07_a_query_out_of_range_is_refused_with_the_range(#[case] query: &str, #[case] told: &str) {
    let answer = World::new().await.get(&format!("/apps?{query}")).await;
    assert_eq!(answer.told(), (400, "invalid_request", told));
}

#[tokio::test]
async fn s08_w19_an_application_is_found_by_id_and_by_name() {
    let world = World::with_web().await;
    let listed = world.get("/apps?name=web").await.body(200);
    let id = listed["apps"][0]["id"].as_str().unwrap().to_owned();
    for app in ["web", id.as_str()] {
        assert_eq!(world.get(&format!("/apps/{app}")).await.body(200)["name"], "web", "{app}");
    }
    assert_eq!(world.get("/apps/nothing").await.refused(), (404, "not_found"));
    assert_eq!(world.get("/apps/%FF").await.refused(), (404, "not_found"));
    assert_eq!(world.get("/apps?name=nothing").await.body(200)["total"], 0);
}

#[tokio::test]
async fn s08_w14_what_runs_where_is_told_in_both_forms() {
    let world = World::with_web().await;
    let before = world.get("/apps/web").await.body(200);
    assert_eq!((before.get("currentVersion"), &before["currentVersions"]), (None, &json!({})));
    world.published("1", "main").await;
    world.deployed("1", "staging").await;
    let app = world.get("/apps/web").await.body(200);
    assert_eq!(app["currentVersion"], json!({ "staging": "1" }));
    assert_eq!(app["currentVersions"]["staging"]["versionId"], "1");
    assert_eq!(app["currentVersions"]["staging"]["deployedAt"], "2023-11-14T22:13:20Z");
    assert_eq!(app["gitopsPath"], "environments/{environment}/apps/web");
}

#[tokio::test]
async fn s10_of_parallel_registrations_one_succeeds() {
    let world = World::new().await;
    let asked = (0..20).map(|_| world.post("/apps", json!({ "name": "web" })));
    let statuses: Vec<_> = futures::future::join_all(asked).await.iter().map(|a| a.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 19);
}

#[tokio::test]
async fn what_manifests_may_hold_can_be_bounded_and_freed() {
    let world = World::with_web().await;
    let bounded = world.patch("/apps/web", json!({ "allowedKinds": ["Service"] })).await.body(200);
    assert_eq!(bounded["allowedKinds"], json!(["Service"]));
    world.uploaded("1", "main", &[("web.yaml", MANIFEST)]).await;
    assert_eq!(world.publish("1").await.refused(), (400, "validation_failed"));
    world.patch("/apps/web", json!({})).await.body(200);
    world.publish("1").await.body(200);
}
