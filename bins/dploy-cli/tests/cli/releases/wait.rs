//! Waiting for the outcome of deployments.

use serde_json::Value;

use super::desk::{DEPLOYMENT_ID, Desk, app, deployment};

async fn deploying(outcome: &str) -> Desk {
    let desk = Desk::with_server().await;
    desk.machine.answer("POST", &app("/versions/1.0.0/deploy"), 202, deployment("queued")).await;
    let route = format!("/api/v1/deployments/{DEPLOYMENT_ID}");
    desk.machine.script("GET", &route, &[(200, deployment("running")), (200, deployment(outcome))]).await;
    desk
}

#[tokio::test]
async fn smithctl_waits_and_exits_with_1_and_the_reason() {
    let desk = deploying("failed").await;
    let run = desk.run("smithctl deploy web 1.0.0 --env staging --confirm").await;
    let error = format!("error: deployment {DEPLOYMENT_ID} of 1.0.0 to staging failed: the hook declined it\n");
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    assert!(run.stderr.contains(&error), "{}", run.stderr);
    let hint = format!("hint: `smithctl deployment show {DEPLOYMENT_ID}` tells more\n");
    assert!(run.stderr.ends_with(&hint), "{}", run.stderr);
}

#[tokio::test]
async fn a_removal_that_fails_is_told_as_one() {
    let desk = Desk::with_server().await;
    let removal = |state: &str| {
        let mut removal = deployment(state);
        removal["trigger"] = "removal".into();
        removal
    };
    desk.machine.answer("POST", &app("/remove"), 202, removal("queued")).await;
    let route = format!("/api/v1/deployments/{DEPLOYMENT_ID}");
    desk.machine.answer("GET", &route, 200, removal("failed")).await;
    let run = desk.run("dploy releases remove web --env staging --confirm --wait").await;
    let error = format!("error: removal {DEPLOYMENT_ID} of 1.0.0 from staging failed: the hook declined it\n");
    assert!(run.code == 1 && run.stderr.contains(&error), "{} {}", run.code, run.stderr);
}

#[tokio::test]
async fn smithctl_prints_the_outcome() {
    for outcome in ["succeeded", "unchanged"] {
        let desk = deploying(outcome).await;
        let run = desk.run("smithctl deploy web 1.0.0 --env staging --confirm -o json").await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&json["state"], &json["gitopsCommitSha"]), (&Value::from(outcome), &Value::from("c0ffee")));
    }
}

#[tokio::test]
async fn dploy_waits_where_it_is_asked_to() {
    let desk = deploying("failed").await;
    let words = "dploy releases deploy web 1.0.0 --env staging --confirm";
    let stdout = desk.run(words).await.quiet();
    assert!(stdout.contains("queued"), "{stdout}");
    assert_eq!(desk.run(&format!("{words} --wait")).await.code, 1);
}

#[tokio::test]
async fn an_outcome_that_does_not_come_is_a_timeout() {
    let desk = Desk::with_server().await;
    desk.machine.answer("POST", &app("/versions/1.0.0/deploy"), 202, deployment("queued")).await;
    desk.machine.answer("GET", &format!("/api/v1/deployments/{DEPLOYMENT_ID}"), 200, deployment("running")).await;
    let run = desk.run("dploy releases deploy web 1.0.0 --env staging --confirm --wait=1").await;
    assert_eq!(run.code, 6, "{}", run.stderr);
    assert!(run.stderr.contains("is still running after 1 s"), "{}", run.stderr);
}

#[tokio::test]
async fn an_error_as_data_stands_alone_on_standard_error() {
    let desk = deploying("failed").await;
    let run = desk.run("smithctl deploy web 1.0.0 --env staging --confirm -o json").await;
    let error: Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!((run.code, &error["error"]["code"]), (1, &Value::from("deployment_failed")));
}
