//! `dploy env watch`.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use crate::harness::{Machine, environment};

const STATUS: &str = "/api/run/webshell/status";

fn gone() -> (u16, Value) {
    (404, json!({"error": "environment \"webshell\" not found"}))
}

#[tokio::test]
async fn each_change_is_one_line_until_the_environment_is_gone() {
    let machine = Machine::new().await;
    let answers = [(200, environment("pending")), (200, environment("Healthy")), (200, environment("Healthy")), gone()];
    machine.script("GET", STATUS, &answers).await;
    let stdout = machine.run(&["env", "watch", "webshell"]).await.quiet();
    insta::assert_snapshot!("watch", stdout);
}

#[tokio::test]
async fn json_lines_and_yaml_documents_hold_the_same_records() {
    let machine = Machine::new().await;
    machine.script("GET", STATUS, &[(200, environment("Healthy")), gone()]).await;
    let json = machine.run(&["env", "watch", "webshell", "-o", "json"]).await.quiet();
    machine.server.reset().await;
    machine.script("GET", STATUS, &[(200, environment("Healthy")), gone()]).await;
    let yaml = machine.run(&["env", "watch", "webshell", "-o", "yaml"]).await.quiet();
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let documents: Vec<Value> = yaml.split("---\n").map(|text| yaml_serde::from_str(text).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines, documents);
}

#[tokio::test]
async fn it_ends_with_1_when_the_environment_is_degraded() {
    let machine = Machine::new().await;
    machine.answer("GET", STATUS, 200, environment("Degraded")).await;
    let run = machine.run(&["env", "watch", "webshell"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("Degraded"));
    assert!(run.stderr.starts_with("error: environment \"webshell\" is Degraded"), "{}", run.stderr);
}

#[tokio::test]
async fn a_passing_failure_is_a_warning_and_the_watch_goes_on() {
    let machine = Machine::new().await;
    let failing = (503, json!({"error": "not now"}));
    machine.script("GET", STATUS, &[(200, environment("Healthy")), failing.clone(), failing, gone()]).await;
    let run = machine.run(&["env", "watch", "webshell"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, "warning: not now; still trying\n"));
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_it_well() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let mut command = machine.command(&["env", "watch", "webshell"]);
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while lines.next_line().await.unwrap().is_some_and(|line| !line.contains("Healthy")) {}
    let process = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
    let status = tokio::time::timeout(Duration::from_secs(10), child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
}
