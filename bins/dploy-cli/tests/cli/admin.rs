//! `dploy admin`.

use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::Machine;

fn environment() -> Value {
    json!({
        "id": "alice-vscode-0123456789", "template": "vscode", "owner": "alice", "shared": false, "phase": "Ready",
        "progress": 100, "url": "https://a.example.org", "createdAt": "2026-01-01T00:00:00Z",
        "expiresAt": "2026-01-01T02:00:00Z", "extensions": 1, "ttlSeconds": 3600, "extendSeconds": 60,
    })
}

async fn machine() -> Machine {
    let machine = Machine::new().await;
    let all = json!({ "environments": [environment()], "totalCount": 1 });
    machine.answer("GET", "/api/v1/admin/environments", 200, all).await;
    let vscode = json!({
        "name": "vscode", "cordoned": true, "drained": false, "enabled": true, "available": 0, "claimed": 0, "instances": 7,
    });
    let templates = json!({ "templates": [vscode], "totalCount": 1 });
    machine.answer("GET", "/api/v1/admin/templates", 200, templates).await;
    let one = "/api/v1/admin/environments/alice-vscode-0123456789";
    machine.answer("POST", &format!("{one}/extend"), 200, environment()).await;
    machine.answer("DELETE", one, 204, Value::Null).await;
    for verb in ["cordon", "uncordon", "drain", "undrain"] {
        let marks = json!({ "name": "vscode", "cordoned": verb == "cordon", "drained": verb == "drain" });
        machine.answer("POST", &format!("/api/v1/admin/templates/vscode/{verb}"), 200, marks).await;
    }
    machine
}

#[rstest]
#[case::list(&["list"], "GET /api/v1/admin/environments", "alice-vscode-0123456789")]
#[case::extend(&["extend", "alice-vscode-0123456789"], "POST /api/v1/admin/environments/alice-vscode-0123456789/extend", "2026-01-01T02:00:00Z")]
#[case::release(&["release", "alice-vscode-0123456789"], "DELETE /api/v1/admin/environments/alice-vscode-0123456789", "Deleting")]
#[case::templates(&["templates"], "GET /api/v1/admin/templates", "vscode")]
#[case::cordon(&["cordon", "vscode"], "POST /api/v1/admin/templates/vscode/cordon", "true")]
#[case::uncordon(&["uncordon", "vscode"], "POST /api/v1/admin/templates/vscode/uncordon", "false")]
#[case::drain(&["drain", "vscode"], "POST /api/v1/admin/templates/vscode/drain", "true")]
#[case::undrain(&["undrain", "vscode"], "POST /api/v1/admin/templates/vscode/undrain", "false")]
#[tokio::test]
async fn each_command_is_one_request_and_shows_what_came_of_it(
    #[case] args: &[&str],
    #[case] request: &str,
    #[case] shown: &str,
) {
    let machine = machine().await;
    let args = [&["admin"], args].concat();
    let table = machine.run(&args).await.quiet();
    assert!(table.contains(shown), "{table}");
    assert_eq!(machine.requests().await, [request]);
    let json: Value = serde_json::from_str(&machine.run(&[&args[..], &["-o", "json"]].concat()).await.quiet()).unwrap();
    let record = json.as_array().map_or(json.clone(), |all| all[0].clone());
    let columns = table.lines().next().unwrap().split_whitespace();
    assert!(columns.into_iter().all(|column| record.get(column).is_some()), "{table} of {record}");
}

#[tokio::test]
async fn names_that_no_object_can_have_are_refused_before_any_request() {
    let machine = machine().await;
    assert!(machine.run(&["admin", "cordon", "../x"]).await.fails(2).contains("a template's name is"));
    assert!(machine.run(&["admin", "release", "A/b"]).await.fails(2).contains("an environment's id is"));
    assert!(machine.requests().await.is_empty());
}
