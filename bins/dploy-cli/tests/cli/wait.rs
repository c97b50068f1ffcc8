//! `--wait`.

use serde_json::json;

use crate::harness::{Machine, environment};

const STATUS: &str = "/api/run/webshell/status";

async fn pending() -> Machine {
    let machine = Machine::new().await;
    machine.answer("POST", "/api/run/webshell", 200, environment("pending")).await;
    machine
}

#[tokio::test]
async fn it_ends_when_the_environment_is_healthy_with_a_line_for_each_change() {
    let machine = pending().await;
    let failing = (503, json!({"error": "not now"}));
    let answers = [
        (200, environment("pending")),
        (200, environment("Progressing")),
        failing,
        (200, environment("Progressing")),
        (200, environment("Healthy")),
    ];
    machine.script("GET", STATUS, &answers).await;
    let run = machine.run(&["env", "create", "webshell", "--wait", "-o", "json"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(shown["status"], "Healthy");
    let states: Vec<&str> = run.stderr.lines().filter_map(|line| line.split(" (").next()).collect();
    let expected = ["pending", "Progressing", "not now", "Progressing", "Healthy"];
    assert_eq!(states, expected.map(|state| format!("webshell: {state}")));
}

#[tokio::test]
async fn one_that_is_healthy_at_once_is_not_waited_for() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let run = machine.run(&["env", "create", "webshell", "--wait=5"]).await;
    assert_eq!(run.code, 0);
    assert_eq!(machine.requests().await, ["POST /api/run/webshell"]);
}

#[tokio::test]
async fn it_fails_with_the_reason_when_the_environment_is_degraded() {
    let machine = pending().await;
    machine.answer("GET", STATUS, 200, environment("Degraded")).await;
    let stderr = machine.run(&["env", "create", "webshell", "--wait"]).await.fails(1);
    assert!(stderr.contains("\nerror: environment \"webshell\" is Degraded\nhint: "), "{stderr}");

    let machine = pending().await;
    let mut failed = environment("Degraded");
    failed["reason"] = json!("InstallFailed: chart\nnot found");
    machine.answer("GET", STATUS, 200, failed).await;
    let stderr = machine.run(&["env", "create", "webshell", "--wait"]).await.fails(1);
    assert!(stderr.contains("is Degraded: InstallFailed: chart not found\n"), "{stderr}");
}

#[tokio::test]
async fn it_exits_with_6_when_time_is_up() {
    let machine = pending().await;
    machine.answer("GET", STATUS, 200, environment("Progressing")).await;
    let stderr = machine.run(&["env", "create", "webshell", "--wait=1"]).await.fails(6);
    assert!(stderr.contains("error: environment \"webshell\" is still Progressing after 1 s\n"), "{stderr}");
}

#[tokio::test]
async fn it_ends_when_the_environment_is_gone_or_the_token_has_expired() {
    for (status, code) in [(404, 4), (401, 5)] {
        let machine = pending().await;
        machine.answer("GET", STATUS, status, json!({"error": "x"})).await;
        machine.run(&["env", "create", "webshell", "--wait"]).await.fails(code);
    }
}

#[tokio::test]
async fn a_release_is_waited_for_until_the_server_does_not_know_it() {
    let machine = Machine::new().await;
    let gone = (404, json!({"error": "environment \"webshell\" not found"}));
    machine.script("GET", STATUS, &[(200, environment("Deleting")), gone]).await;
    machine.healthy().await;
    let run = machine.run(&["env", "delete", "webshell", "--wait", "-o", "json"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(shown, json!({"name": "webshell", "status": "Deleted"}));
}

#[tokio::test]
async fn a_release_that_takes_too_long_exits_with_6() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let stderr = machine.run(&["env", "delete", "webshell", "--wait=1"]).await.fails(6);
    assert!(stderr.contains("is still Healthy after 1 s"), "{stderr}");
}
