//! The same data as a table, as JSON and as YAML.

use rstest::rstest;
use serde_json::Value;

use crate::harness::{Machine, Run, TOKEN};

#[rstest]
#[case::env_list(&["env", "list"])]
#[case::env_create(&["env", "create", "webshell"])]
#[case::env_get(&["env", "get", "webshell"])]
#[case::env_extend(&["env", "extend", "webshell"])]
#[case::env_delete(&["env", "delete", "webshell"])]
#[case::template_list(&["template", "list"])]
#[case::template_get(&["template", "get", "webshell"])]
#[tokio::test]
async fn json_and_yaml_have_identical_keys_and_a_table_has_some_of_them(#[case] args: &[&str]) {
    let machine = Machine::new().await;
    machine.healthy().await;
    let with = |format| [args, &["--output", format]].concat();

    let table = machine.run(args).await.quiet();
    let json = machine.run(&with("json")).await.quiet();
    let yaml = machine.run(&with("yaml")).await.quiet();
    let records: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(records, yaml_serde::from_str::<Value>(&yaml).unwrap());

    let records = records.as_array().cloned().unwrap_or(vec![records]);
    let columns: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert!(!columns.is_empty());
    for record in &records {
        let keys: Vec<&String> = record.as_object().unwrap().keys().collect();
        assert_eq!(keys, records[0].as_object().unwrap().keys().collect::<Vec<_>>());
        assert!(columns.iter().all(|column| record.get(column).is_some()), "{columns:?} of {keys:?}");
    }
    let name = args.join("-");
    insta::assert_snapshot!(name, format!("{table}\n{json}\n{yaml}"));
}

#[tokio::test]
async fn a_login_shows_whom_the_server_takes_the_caller_for() {
    let machine = Machine::new().await;
    machine.healthy().await;
    let url = machine.server.uri();
    let mut shown = Vec::new();
    // The width of a table's column depends on the server's port.
    for format in ["json", "yaml"] {
        let command = machine.bare(&["login", "--server", &url, "--token-stdin", "-o", format]);
        shown.push(Run::with_input(command, TOKEN).await.quiet().replace(&url, "http://server"));
    }
    insta::assert_snapshot!(shown.join("\n"));
}

#[tokio::test]
async fn environments_of_one_owner_are_listed() {
    let machine = Machine::new().await;
    machine.healthy().await;
    for owner in ["team-a", "Team-A"] {
        let table = machine.run(&["env", "list", "--owner", owner]).await.quiet();
        assert_eq!(table.lines().count(), 2);
        assert!(table.contains("desktop"), "{table}");
    }
}

#[tokio::test]
async fn instructions_follow_the_table_and_cannot_steer_the_terminal() {
    let machine = Machine::new().await;
    let body = serde_json::json!({
        "uuid": "u", "status": "Healthy", "url": "", "expiresAt": "", "connectionType": "instructions",
        "connectionMessage": "ssh bob@host\n\u{1b}[2Jpassword: x",
    });
    machine.answer("GET", "/api/run/box/status", 200, body).await;
    let table = machine.run(&["env", "get", "box"]).await.quiet();
    assert!(table.ends_with("\n\nssh bob@host\n[2Jpassword: x\n"), "{table:?}");
}

#[tokio::test]
async fn every_shell_has_a_completion_script() {
    let machine = Machine::new().await;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Run::of(machine.bare(&["completion", shell])).await.quiet();
        assert!(script.contains("dploy") && script.contains("DPLOY_COMPLETE"), "{shell}");
    }
}
