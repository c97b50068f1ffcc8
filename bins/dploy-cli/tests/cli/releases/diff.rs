//! `diff`.

use serde_json::{Value, json};

use super::desk::{Desk, app};

#[tokio::test]
async fn objects_that_differ_are_told_with_their_lines() {
    let desk = Desk::new().await;
    let changes = json!({"changes": [
        {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "web", "name": "c", "change": "changed", "text": "-a: 1\n+a: 2\n"},
        {"apiVersion": "v1", "kind": "Secret", "namespace": null, "name": "s", "change": "removed", "text": ""},
    ]});
    desk.machine.answer("GET", &app("/diff"), 200, changes.clone()).await;
    let stdout = desk.run("smithctl diff web --env staging --to 2").await.quiet();
    assert_eq!(stdout, "changed v1 ConfigMap web/c\n-a: 1\n+a: 2\nremoved v1 Secret s\n");
    let stdout = desk.run("dploy releases diff web --from 1 --to 2 -o json").await.quiet();
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), changes["changes"]);
    let expected = ["GET /api/v1/apps/web/diff?target=staging&to=2", "GET /api/v1/apps/web/diff?from=1&to=2"];
    assert_eq!(desk.machine.requests().await, expected);
}
