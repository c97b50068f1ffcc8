use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;

#[tokio::test]
async fn s49_a_matching_policy_deploys_on_publish_and_a_disabled_one_does_not() {
    let world = World::with_web().await;
    let auto = world.policy("auto", "main", "staging").await.body(201);
    let off = json!({
        "name": "off", "gitBranchPattern": "main", "targetEnvironment": "production", "enabled": false,
    });
    world.post("/apps/web/policies", off).await.body(201);
    world.published("1", "main").await;
    world.published("2", "feature").await;
    world.work().await;
    let list = world.get("/deployments").await.body(200);
    assert_eq!(all(&list["deployments"], "versionId"), ["1"]);
    let deployment = &list["deployments"][0];
    assert_eq!((&deployment["policyId"], &deployment["policyName"]), (&auto["id"], &json!("auto")));
    assert_eq!((&deployment["trigger"], &deployment["actor"]), (&json!("policy"), &json!("auto-deploy")));
    assert_eq!(deployment["state"], "succeeded");
}

#[rstest]
#[case("*", "main", true)]
#[case("*", "unknown", true)]
#[case("*", "feature/x", false)]
#[case("**", "feature/x", true)]
#[case("release/*", "release/1.0", true)]
#[case("release/*", "release/1/hot", false)]
#[case("release-?", "release-1", true)]
#[case("release-[0-9]", "release-5", true)]
#[case("release-[^0-9]", "release-5", false)]
#[case("main", "refs/heads/main", false)]
#[case("main", "Main", false)]
#[case("main", " main", false)]
#[case("v*", "v1.2.3", true)]
#[case("{a,b}", "a", false)]
#[tokio::test]
async fn s50_patterns_match_whole_branches(#[case] pattern: &str, #[case] branch: &str, #[case] matches: bool) {
    let world = World::with_web().await;
    world.policy("auto", pattern, "staging").await.body(201);
    let published = world.published("1", branch).await;
    assert_eq!(published["autoDeployments"], if matches { json!(["staging"]) } else { json!([]) });
}

#[rstest]
#[case(json!({ "name": "x", "gitBranchPattern": "[", "targetEnvironment": "staging" }), "gitBranchPattern must be")]
#[case(json!({ "name": "x", "gitBranchPattern": "", "targetEnvironment": "staging" }), "gitBranchPattern must be")]
#[case(json!({ "name": "x", "gitTagPattern": "v[", "targetEnvironment": "staging" }), "gitTagPattern must be")]
#[case(json!({ "name": "x", "gitBranchPattern": "*", "excludePatterns": ["a", "["], "targetEnvironment": "staging" }), "excludePatterns[1] must be")]
#[case(json!({ "name": "x", "targetEnvironment": "staging" }), "gitBranchPattern must be")]
#[case(json!({ "gitBranchPattern": "*", "targetEnvironment": "staging" }), "name must be")]
#[case(json!({ "name": "x", "gitBranchPattern": "*" }), "targetEnvironment must be")]
#[case(json!({ "name": "x", "gitBranchPattern": "*", "targetEnvironment": "test" }), "targetEnvironment must be one of the declared targets")]
#[case(json!({ "name": "x", "gitBranchPattern": "*", "targetEnvironment": "staging", "enabled": "yes" }), "enabled must be a boolean")]
#[tokio::test]
async fn s51_a_policy_that_could_never_work_is_refused(#[case] body: Value, #[case] told: &str) {
    let answer = World::with_web().await.post("/apps/web/policies", body).await;
    let (status, code, message) = answer.told();
    assert_eq!((status, code), (400, "invalid_request"));
    assert!(message.starts_with(told), "{message}");
}

#[tokio::test]
async fn s51_w18_a_name_is_taken_once() {
    let world = World::with_web().await;
    world.policy("auto", "main", "staging").await.body(201);
    assert_eq!(world.policy("auto", "other", "staging").await.refused(), (409, "conflict"));
}

#[tokio::test]
async fn s52_a_policy_is_deleted_once_and_by_its_own_application_only() {
    let world = World::with_web().await;
    world.post("/apps", json!({ "name": "api" })).await.body(201);
    let policy = world.policy("auto", "main", "staging").await.body(201);
    let id = policy["id"].as_str().unwrap();
    assert_eq!(world.delete(&format!("/apps/api/policies/{id}")).await.refused(), (404, "not_found"));
    world.delete(&format!("/apps/web/policies/{id}")).await.body(204);
    assert_eq!(world.delete(&format!("/apps/web/policies/{id}")).await.refused(), (404, "not_found"));
    assert_eq!(world.delete(&format!("/apps/nothing/policies/{id}")).await.refused(), (404, "not_found"));
}

#[tokio::test]
async fn s53_s54_every_matching_policy_deploys_and_is_told() {
    let world = World::with_web().await;
    for target in ["one", "two"] {
        world.post("/targets", json!({ "name": target })).await.body(201);
    }
    for (name, target) in [("a", "staging"), ("b", "production"), ("c", "one"), ("d", "two")] {
        world.policy(name, "main", target).await.body(201);
    }
    let published = world.published("1", "main").await;
    let mut targets: Vec<_> = published["autoDeployments"].as_array().unwrap().clone();
    targets.sort_by_key(Value::to_string);
    assert_eq!(
        targets,
        ["one", "production", "staging", "two"],
        "a list of strings, as the original's clients read it"
    );
    assert_eq!(published["deployments"].as_array().unwrap().len(), 4);
    world.work().await;
    let done = world.get("/deployments?status=success").await.body(200);
    assert_eq!(done["total"], 4);
}

#[tokio::test]
async fn s56_a_policy_is_switched_and_its_history_stays_readable() {
    let world = World::with_web().await;
    let policy = world.policy("auto", "main", "staging").await.body(201);
    let path = format!("/apps/web/policies/{}", policy["id"].as_str().unwrap());
    assert_eq!(world.patch(&path, json!({ "enabled": false })).await.body(200)["enabled"], false);
    assert_eq!(world.published("1", "main").await["autoDeployments"], json!([]));
    let changed = world.patch(&path, json!({ "enabled": true, "gitTagPattern": "v*", "gitBranchPattern": null })).await;
    let changed = changed.body(200);
    assert_eq!((changed.get("gitBranchPattern"), &changed["gitTagPattern"]), (None, &json!("v*")));
    world.patch(&path, json!({ "gitBranchPattern": "main" })).await.body(200);
    world.published("2", "main").await;
    world.work().await;
    world.delete(&path).await.body(204);
    let list = world.get("/deployments").await.body(200);
    assert_eq!((&list["deployments"][0]["policyName"], list["total"].as_u64()), (&json!("auto"), Some(1)));
    assert_eq!(world.patch(&path, json!({ "enabled": true })).await.refused(), (404, "not_found"));
}

#[tokio::test]
async fn policies_are_listed_with_their_total() {
    let world = World::with_web().await;
    assert_eq!(world.get("/apps/web/policies").await.body(200), json!({ "policies": [], "total": 0, "totalCount": 0 }));
    world.policy("auto", "main", "staging").await.body(201);
    let list = world.get("/apps/web/policies?limit=100&offset=0").await.body(200);
    assert_eq!((all(&list["policies"], "name"), &list["total"]), (vec!["auto"], &json!(1)));
    assert_eq!(list["policies"][0]["gitBranchPattern"], "main");
}
