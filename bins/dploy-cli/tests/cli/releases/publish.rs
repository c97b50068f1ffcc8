//! `forge publish`.

use serde_json::{Value, json};

use super::desk::{APP_ID, DEPLOYMENT_ID, Desk, app, deployment};

async fn drafted() -> Desk {
    let desk = Desk::with_server().await;
    let init = "forge init --app web --version 1.0.0 --git-sha abc --git-branch main";
    desk.run(init).await.quiet();
    desk
}

#[tokio::test]
async fn s54_publish_prints_the_deployments_that_were_started() {
    let desk = drafted().await;
    let stdout = desk.run("forge publish --app web").await.quiet();
    assert_eq!(
        stdout,
        format!("Published 1.0.0 with 1 manifest file\ndeployment {DEPLOYMENT_ID} to staging: queued\n")
    );
    let desk = drafted().await;
    let json: Value = serde_json::from_str(&desk.run("forge publish --app web -o json").await.quiet()).unwrap();
    assert_eq!(json["autoDeployments"], json!(["staging"]));
    assert_eq!(json["deployments"][0]["deploymentId"], DEPLOYMENT_ID);
}

#[tokio::test]
async fn s61_app_is_honoured() {
    let desk = drafted().await;
    let body = json!({"versionId": "1.0.0", "status": "published", "manifestFiles": []});
    desk.machine.answer("POST", "/api/v1/apps/other/versions/1.0.0/publish", 200, body).await;
    desk.run("forge publish --app other").await.quiet();
    let requests = desk.machine.requests().await;
    assert_eq!(requests.last().unwrap(), "POST /api/v1/apps/other/versions/1.0.0/publish");
}

#[tokio::test]
async fn w26_nothing_is_said_to_be_live_that_is_not() {
    let desk = drafted().await;
    let body = json!({"versionId": "1.0.0", "status": "published", "manifestFiles": ["a.yaml"], "autoDeployments": []});
    desk.machine.answer("POST", &format!("/api/v1/apps/{APP_ID}/versions/1.0.0/publish"), 200, body).await;
    let stdout = desk.run("forge publish").await.quiet();
    assert_eq!(stdout, "Published 1.0.0 with 1 manifest file\nNo policy matches: it is not deployed anywhere yet\n");
}

#[tokio::test]
async fn a_refused_publish_keeps_the_draft() {
    let desk = drafted().await;
    let refusal = json!({"error": {"code": "validation_failed", "message": "a.yaml:3: no kind"}});
    desk.machine.answer("POST", "/api/v1/apps/bad/versions/1.0.0/publish", 400, refusal).await;
    let stderr = desk.run("forge publish --app bad").await.fails(2);
    assert!(stderr.starts_with("error: a.yaml:3: no kind\nhint: "), "{stderr}");
    assert!(desk.work.join(".forge/version-info").exists());
}

#[tokio::test]
async fn waiting_reports_the_outcome_of_every_deployment() {
    let desk = drafted().await;
    let route = format!("/api/v1/deployments/{DEPLOYMENT_ID}");
    desk.machine.script("GET", &route, &[(200, deployment("running")), (200, deployment("failed"))]).await;
    let run = desk.run("forge publish --app web --wait").await;
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("failed: the hook declined it"), "{}", run.stderr);
    assert_eq!(desk.machine.requests().await.last().unwrap(), &format!("GET {route}?wait=24s"));
    assert!(desk.bodies("POST", &app("/versions/1.0.0/publish")).await.len() == 1);
}
