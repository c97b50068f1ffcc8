//! The same data as a table, as JSON and as YAML.

use rstest::rstest;
use serde_json::{Value, json};

use super::desk::{DEPLOYMENT_ID, Desk, app, deployment, version};

async fn full() -> Desk {
    let desk = Desk::with_server().await;
    let server = &desk.machine;
    let apps = json!({"apps": [super::desk::application()], "total": 1, "totalCount": 1});
    server.answer("GET", "/api/v1/apps", 200, apps).await;
    server.answer("GET", &app("/versions"), 200, json!({"versions": [version()], "total": 1})).await;
    server.answer("GET", &app("/versions/1.0.0"), 200, version()).await;
    let policy = json!({
        "id": "p1", "appId": "a", "name": "main", "gitBranchPattern": "main", "targetEnvironment": "staging",
        "enabled": true, "createdAt": "2026-01-01T00:00:00Z",
    });
    server.answer("GET", &app("/policies"), 200, json!({"policies": [policy], "total": 1})).await;
    server.answer("PATCH", &app("/policies/p1"), 200, policy).await;
    server.answer("GET", "/api/v1/deployments", 200, json!({"deployments": [deployment("failed")], "total": 1})).await;
    server.answer("GET", &format!("/api/v1/deployments/{DEPLOYMENT_ID}"), 200, deployment("failed")).await;
    let target = json!({"name": "staging", "path": "environments/staging/apps", "createdAt": "2026-01-01T00:00:00Z"});
    server.answer("GET", "/api/v1/targets", 200, json!({"targets": [target], "total": 1})).await;
    let key = json!({"id": "k1", "name": "ci", "prefix": "dpk_0123", "actions": ["publish"]});
    server.answer("GET", "/api/v1/keys", 200, json!({"keys": [key], "total": 1})).await;
    let event = json!({"id": "e1", "at": "2026-01-01T00:00:00Z", "actor": "key:ci", "action": "version.publish"});
    server.answer("GET", "/api/v1/audit", 200, json!({"events": [event], "total": 1})).await;
    desk
}

#[rstest]
#[case("app list")]
#[case("app show web")]
#[case("version list web")]
#[case("version show web 1.0.0")]
#[case("policy list web")]
#[case("policy disable web main")]
#[case("deployment list")]
#[case("deployment show 0a7c2b6e-8a52-4b55-9f58-6d2f7c1b3e4d")]
#[case("target list")]
#[case("key list")]
#[case("audit")]
#[tokio::test]
async fn s64_json_and_yaml_have_identical_keys(#[case] words: &str) {
    let desk = full().await;
    for program in ["smithctl", "dploy releases"] {
        let json = desk.run(&format!("{program} {words} -o json")).await.quiet();
        let yaml = desk.run(&format!("{program} {words} -o yaml")).await.quiet();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json, yaml_serde::from_str::<Value>(&yaml).unwrap());
        assert!(!desk.run(&format!("{program} {words}")).await.quiet().is_empty());
    }
}

#[rstest]
#[case("app list", "apps", "/api/v1/apps")]
#[case("version list web", "versions", "/api/v1/apps/web/versions")]
#[case("policy list web", "policies", "/api/v1/apps/web/policies")]
#[case("deployment list", "deployments", "/api/v1/deployments")]
#[case("target list", "targets", "/api/v1/targets")]
#[case("key list", "keys", "/api/v1/keys")]
#[case("audit", "events", "/api/v1/audit")]
#[tokio::test]
async fn s64_an_empty_list_is_an_empty_list(#[case] words: &str, #[case] key: &str, #[case] route: &str) {
    let desk = Desk::new().await;
    desk.machine.answer("GET", route, 200, json!({key: [], "total": 0})).await;
    assert_eq!(desk.run(&format!("smithctl {words} -o json")).await.quiet(), "[]\n");
    assert_eq!(desk.run(&format!("smithctl {words} -o yaml")).await.quiet(), "[]\n");
}

#[tokio::test]
async fn s65_w14_version_show_prints_the_origin_and_the_files() {
    let desk = full().await;
    let stdout = desk.run("smithctl version show web 1.0.0").await.quiet();
    for line in [
        "gitSha        42540c4f\n",
        "gitBranch     main\n",
        "gitCommitter  Ann <ann@example.org>\n",
        "buildNumber   7\n",
        "deployedTo    staging\n",
        "files         a.yaml,sub/b.yaml\n",
    ] {
        assert!(stdout.contains(line), "{line}: {stdout}");
    }
}

#[tokio::test]
async fn s65_w14_app_show_prints_what_each_target_runs_and_since_when() {
    let desk = full().await;
    let stdout = desk.run("smithctl app show web").await.quiet();
    assert!(stdout.contains("currentVersions.staging.versionId   1.0.0\n"), "{stdout}");
    assert!(stdout.contains("currentVersions.staging.deployedAt  2026-01-02T00:00:00Z\n"), "{stdout}");
}

#[tokio::test]
async fn s65_a_failed_deployment_tells_its_reason() {
    let desk = full().await;
    let stdout = desk.run(&format!("smithctl deployment show {DEPLOYMENT_ID}")).await.quiet();
    assert!(stdout.contains("reason           the hook declined it\n"), "{stdout}");
}

#[tokio::test]
async fn a_new_key_is_shown_this_once() {
    let desk = Desk::new().await;
    let made = json!({"id": "k1", "name": "ci", "prefix": "dpk_0123", "actions": ["publish"], "apiKey": "dpk_s3cret"});
    desk.machine.answer("POST", "/api/v1/keys", 201, made).await;
    let words = "smithctl key create ci --app web --action publish,deploy --expires 2030-01-01T00:00:00Z";
    let stdout = desk.run(words).await.quiet();
    assert!(stdout.contains("dpk_s3cret"), "{stdout}");
    let expected = json!({
        "name": "ci", "applications": ["web"], "actions": ["publish", "deploy"], "expiresAt": "2030-01-01T00:00:00Z",
    });
    assert_eq!(desk.bodies("POST", "/api/v1/keys").await, [expected]);
}

#[tokio::test]
async fn the_application_of_the_folder_serves_where_none_is_named() {
    let desk = full().await;
    desk.file(".deploysmith/app.yaml", "appId: web\nappName: web\n");
    desk.run("smithctl version show 1.0.0").await.quiet();
    desk.run("smithctl app show").await.quiet();
    desk.run("smithctl version list --app web").await.quiet();
}
