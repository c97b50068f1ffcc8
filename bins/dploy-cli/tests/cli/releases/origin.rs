//! Where a version comes from, and what it is called.

use std::process::Command as Process;

use serde_json::json;

use super::desk::{APP_ID, Desk};
use crate::harness::Run;

#[tokio::test]
async fn a_pipeline_tells_the_origin_and_names_the_version() {
    let desk = Desk::with_server().await;
    let mut command = desk.command("forge init --app web");
    command.envs([
        ("GITHUB_SHA", "42540c4f00000000000000000000000000000000"),
        ("GITHUB_REF_NAME", "main"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_RUN_NUMBER", "123"),
        ("GITHUB_ACTOR", "ann"),
    ]);
    Run::of(command).await.quiet();
    let draft = &desk.bodies("POST", &format!("/api/v1/apps/{APP_ID}/versions/draft")).await[0];
    assert_eq!(draft["versionId"], "42540c4-123");
    assert_eq!(draft["metadata"]["gitBranch"], "main");
    assert_eq!(draft["metadata"]["buildNumber"], "123");
}

#[tokio::test]
async fn git_tells_what_no_pipeline_does() {
    let desk = Desk::with_server().await;
    for line in ["init -q -b trunk", "-c user.name=Ann -c user.email=ann@example.org commit -q --allow-empty -m x"] {
        let done = Process::new("git").args(line.split(' ')).current_dir(&desk.work).status().unwrap();
        assert!(done.success());
    }
    let mut command = desk.command("forge init --app web");
    command.env("PATH", std::env::var_os("PATH").unwrap());
    Run::of(command).await.quiet();
    let draft = &desk.bodies("POST", &format!("/api/v1/apps/{APP_ID}/versions/draft")).await[0];
    assert_eq!(draft["metadata"]["gitBranch"], "trunk");
    assert_eq!(draft["metadata"]["gitCommitter"], "Ann <ann@example.org>");
    let sha = draft["metadata"]["gitSha"].as_str().unwrap();
    assert_eq!((sha.len(), draft["versionId"].as_str().unwrap()), (40, &sha[..7]));
}

#[tokio::test]
async fn what_nothing_tells_is_unknown_and_needs_a_version() {
    let desk = Desk::with_server().await;
    let stderr = desk.run("forge init --app web").await.fails(2);
    assert!(stderr.contains("the commit is not known: give `forge init --version VERSION`"), "{stderr}");
    desk.run("forge init --app web --version 1.0.0").await.quiet();
    let draft = &desk.bodies("POST", &format!("/api/v1/apps/{APP_ID}/versions/draft")).await[0];
    let metadata = &draft["metadata"];
    assert_eq!((&metadata["gitSha"], &metadata["gitBranch"]), (&json!("unknown"), &json!("unknown")));
}
