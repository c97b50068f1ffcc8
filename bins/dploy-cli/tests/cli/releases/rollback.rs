//! `rollback`.

use serde_json::{Value, json};

use super::desk::{DEPLOYMENT_ID, Desk, app, deployment};

fn of(version: &str) -> Value {
    let mut deployment = deployment("succeeded");
    deployment["versionId"] = version.into();
    deployment
}

async fn with_history() -> Desk {
    with(&[of("3.0.0"), of("2.0.0"), of("3.0.0"), of("1.0.0")]).await
}

async fn with(history: &[Value]) -> Desk {
    let desk = Desk::with_server().await;
    desk.machine.answer("POST", &app("/rollback"), 202, deployment("queued")).await;
    desk.machine.answer("GET", &format!("/api/v1/deployments/{DEPLOYMENT_ID}"), 200, deployment("succeeded")).await;
    let history = json!({ "deployments": history, "total": history.len() });
    desk.machine.answer("GET", "/api/v1/deployments", 200, history).await;
    desk
}

#[tokio::test]
async fn s64_rollback_needs_no_dialogue() {
    let desk = with_history().await;
    for (words, body) in [
        ("--previous", json!({"environment": "staging", "previous": true})),
        ("--to 1.0.0", json!({"environment": "staging", "to": "1.0.0"})),
    ] {
        let run = desk.run(&format!("smithctl rollback web --env staging --confirm {words}")).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(desk.bodies("POST", &app("/rollback")).await.pop().unwrap(), body);
    }
}

#[tokio::test]
async fn w14_the_dialogue_offers_what_ran_before_and_asks() {
    let desk = with_history().await;
    let run = desk.run_with_input("smithctl rollback web --env staging", "2\ny\n").await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("1) 2.0.0 ") && run.stderr.contains("\n2) 1.0.0 "), "{}", run.stderr);
    assert!(!run.stderr.contains("3.0.0"), "what runs now is no choice: {}", run.stderr);
    let body = json!({"environment": "staging", "to": "1.0.0"});
    assert_eq!(desk.bodies("POST", &app("/rollback")).await, [body]);
}

#[tokio::test]
async fn after_a_removal_nothing_runs_and_the_last_version_is_a_choice() {
    let mut removal = of("3.0.0");
    removal["trigger"] = "removal".into();
    let desk = with(&[removal, of("3.0.0"), of("2.0.0")]).await;
    let run = desk.run_with_input("smithctl rollback web --env staging", "1\ny\n").await;
    assert!(run.stderr.contains("1) 3.0.0 ") && run.stderr.contains("\n2) 2.0.0 "), "{}", run.stderr);
    let body = json!({"environment": "staging", "to": "3.0.0"});
    assert_eq!(desk.bodies("POST", &app("/rollback")).await, [body]);
}

#[tokio::test]
async fn s63_a_dialogue_that_is_left_changes_nothing() {
    let desk = with_history().await;
    for input in ["", "x\n", "9\n", "1\n", "1\nn\n"] {
        let run = desk.run_with_input("smithctl rollback web --env staging", input).await;
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{input:?}: {}", run.stderr);
    }
    assert!(desk.bodies("POST", &app("/rollback")).await.is_empty());
}
