//! From draft to publish, and where the server and the key are taken from.

use serde_json::{Value, json};

use super::desk::{APP_ID, Desk, KEY, manifest};
use crate::harness::Run;

async fn ready() -> Desk {
    let desk = Desk::with_server().await;
    desk.uploads(&[200]).await;
    desk.machine
        .answer("POST", &format!("/api/v1/apps/{APP_ID}/versions/1.0.0/publish"), 200, super::desk::published())
        .await;
    desk.file("k8s/a.yaml", &manifest("a"));
    desk
}

#[tokio::test]
async fn s60_flags_beat_the_environment_which_beats_the_file() {
    let desk = ready().await;
    let url = desk.machine.server.uri();
    let file = desk.machine.home.path().join(".deploysmith/config.yaml");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, format!("url: {url}\napikey: from-file\n")).unwrap();
    let init = "forge init --app web --version 1.0.0 --git-sha abc --git-branch main";

    Run::of(desk.bare(init)).await.quiet();
    let mut command = desk.bare(init);
    command.env("SMITHD_API_KEY", "from-variable").env("SMITHD_URL", &url);
    Run::of(command).await.quiet();
    let mut command = desk.bare(&format!("{init} --api-key from-flag --url {url}"));
    command.env("SMITHD_API_KEY", "from-variable").env("SMITHD_URL", "http://127.0.0.1:1");
    Run::of(command).await.quiet();
    std::fs::write(desk.work.join("own.yaml"), format!("url: {url}\napiKey: from-own\n")).unwrap();
    Run::of(desk.bare(&format!("{init} --config own.yaml"))).await.quiet();

    let requests = desk.machine.server.received_requests().await.unwrap();
    let drafts = requests.iter().filter(|request| request.method.as_str() == "POST");
    let keys: Vec<_> = drafts.map(|request| request.headers["x-api-key"].to_str().unwrap().to_owned()).collect();
    assert_eq!(keys, ["from-file", "from-variable", "from-flag", "from-own"]);
    assert!(requests.iter().all(|request| !request.headers.contains_key("authorization")));
}

#[tokio::test]
async fn s60_a_version_goes_from_draft_to_publish_and_nothing_is_left() {
    let desk = ready().await;
    let stdout = desk.run("forge init --app web --version 1.0.0 --git-sha abc --git-branch main").await.quiet();
    let draft: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(draft["versionId"], "1.0.0");
    assert_eq!(draft["uploadExpires"], "2126-01-01T00:05:00Z");
    let url = draft["uploadUrl"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(desk.work.join(".forge/upload-url")).unwrap(), url);
    let info: Value = serde_json::from_slice(&std::fs::read(desk.work.join(".forge/version-info")).unwrap()).unwrap();
    assert_eq!((&info["app"], &info["appId"], &info["version"]), (&json!("web"), &json!(APP_ID), &json!("1.0.0")));

    let stdout = desk.run("forge upload k8s").await.quiet();
    assert!(stdout.contains("✓ a.yaml (0.1 KB)\n") && stdout.contains("✓ version.yml"), "{stdout}");
    let stdout = desk.run("forge publish --no-validate").await.quiet();
    assert!(stdout.starts_with("Published 1.0.0"), "{stdout}");
    assert!(!desk.work.join(".forge").exists());
}

#[tokio::test]
async fn the_same_commands_are_those_of_dploy_forge() {
    let desk = ready().await;
    let url = desk.machine.server.uri();
    let words = format!("--server {url} --api-key {KEY}");
    let run = |line: String| Run::of(desk.bare(&line));
    run(format!("dploy forge app-bind --app web {words}")).await.quiet();
    let binding = std::fs::read_to_string(desk.work.join(".deploysmith/app.yaml")).unwrap();
    assert_eq!(yaml_serde::from_str::<Value>(&binding).unwrap(), json!({"appId": APP_ID, "appName": "web"}));
    run(format!("dploy forge init k8s --version 1.0.0 --git-sha abc --git-branch main {words}")).await.quiet();
    let stdout = run(format!("dploy forge upload {words}")).await.quiet();
    assert!(stdout.contains("✓ a.yaml") && stdout.contains("Uploaded 2 files"), "{stdout}");
    run(format!("dploy forge publish {words}")).await.quiet();
    let requests = desk.machine.requests().await;
    let expected = [
        "GET /api/v1/apps/web".to_owned(),
        format!("POST /api/v1/apps/{APP_ID}/versions/draft"),
        "PUT /upload?signature=s3cret".to_owned(),
        format!("POST /api/v1/apps/{APP_ID}/versions/1.0.0/publish"),
    ];
    assert_eq!(requests, expected);
}

#[tokio::test]
async fn a_token_of_a_login_is_sent_as_a_bearer() {
    let desk = ready().await;
    let mut command = desk.bare("dploy releases app show web");
    command.env("DPLOY_SERVER", desk.machine.server.uri()).env("DPLOY_TOKEN", "e30.e30.c2ln");
    Run::of(command).await.quiet();
    let requests = desk.machine.server.received_requests().await.unwrap();
    assert_eq!(requests[0].headers["authorization"], "Bearer e30.e30.c2ln");
    assert!(!requests[0].headers.contains_key("x-api-key"));
}
