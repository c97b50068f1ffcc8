//! What `dploy env` sends.

use serde_json::{Value, json};

use crate::harness::Machine;

#[tokio::test]
async fn parameters_travel_in_the_body() {
    let machine = Machine::new().await;
    machine.healthy().await;
    machine
        .run(&["env", "create", "webshell", "--param", "size=2", "--param", "url=a=b", "--param", "e="])
        .await
        .quiet();
    let requests = machine.server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body, json!({"params": {"size": "2", "url": "a=b", "e": ""}}));
    assert_eq!(machine.requests().await, ["POST /api/run/webshell"]);
}

#[tokio::test]
async fn the_owner_is_sent_as_query_and_as_header_by_every_verb() {
    let machine = Machine::new().await;
    machine.healthy().await;
    for verb in ["create", "get", "extend", "delete"] {
        machine.run(&["env", verb, "webshell", "--owner", "team a&b"]).await.quiet();
    }
    let owner = "owner=team+a%26b";
    let expected = [
        format!("POST /api/run/webshell?{owner}"),
        format!("GET /api/run/webshell/status?{owner}"),
        format!("POST /api/run/webshell/extend?{owner}"),
        format!("DELETE /api/run/webshell?{owner}"),
    ];
    assert_eq!(machine.requests().await, expected);
    for request in machine.server.received_requests().await.unwrap() {
        assert_eq!(request.headers["x-dploy-owner"], "team a&b");
    }
}

#[tokio::test]
async fn an_owner_that_no_header_can_carry_is_sent_as_query_alone() {
    let machine = Machine::new().await;
    machine.healthy().await;
    machine.run(&["env", "get", "webshell", "--owner", "Équipe"]).await.quiet();
    assert_eq!(machine.requests().await, ["GET /api/run/webshell/status?owner=%C3%89quipe"]);
    let requests = machine.server.received_requests().await.unwrap();
    assert!(!requests[0].headers.contains_key("x-dploy-owner"));
}

#[tokio::test]
async fn a_server_below_a_path_is_addressed_there() {
    let machine = Machine::new().await;
    machine
        .answer("GET", "/tools/dploy/api/environments", 200, json!({"environments": [], "count": 0, "limit": 5}))
        .await;
    let server = format!("{}/tools/dploy/", machine.server.uri());
    assert_eq!(machine.run(&["env", "list", "--server", &server, "-o", "json"]).await.quiet(), "[]\n");
}

#[tokio::test]
async fn a_created_environment_that_is_not_ready_is_shown_as_it_is() {
    let machine = Machine::new().await;
    machine.answer("POST", "/api/run/webshell", 200, crate::harness::environment("pending")).await;
    let table = machine.run(&["env", "create", "webshell"]).await.quiet();
    assert_eq!(
        table.lines().nth(1).unwrap().split_whitespace().take(3).collect::<Vec<_>>(),
        ["webshell", "pending", "-"]
    );
}

#[tokio::test]
async fn who_would_wait_in_line_says_so_in_the_body() {
    let machine = Machine::new().await;
    machine.healthy().await;
    machine.answer("POST", "/api/v1/environments", 202, json!({"id": "bob-webshell-1"})).await;
    for (flag, wait) in [("--wait-for-pool", true), ("--wait-for-pool=false", false)] {
        machine.run(&["env", "create", "webshell", "--param", "a=b", "--owner", "team", flag]).await.quiet();
        let requests = machine.server.received_requests().await.unwrap();
        let body: Value = serde_json::from_slice(&requests[requests.len() - 2].body).unwrap();
        let expected = json!({"template": "webshell", "owner": "team", "params": {"a": "b"}, "waitForPool": wait});
        assert_eq!(body, expected);
    }
    let refused = machine.run(&["env", "create", "webshell", "--wait-for-pool=maybe"]).await.fails(2);
    assert!(refused.contains("--wait-for-pool") && refused.contains("true, false"), "{refused}");
}

#[tokio::test]
async fn activity_is_noted_by_id_for_the_owner_that_is_meant() {
    let machine = Machine::new().await;
    let environment = |id: &str, owner: &str, shared: bool| json!({"id": id, "template": "webshell", "owner": owner, "shared": shared, "idleExpiresAt": "2026-01-01T01:00:00Z"});
    let all = [environment("team-a-1", "team-a", true), environment("bob-1", "bob", false)];
    machine.answer("GET", "/api/v1/environments", 200, json!({"environments": all, "totalCount": 2})).await;
    for (id, args) in [("bob-1", [].as_slice()), ("team-a-1", &["--owner", "Team-A"])] {
        machine.answer("POST", &format!("/api/v1/environments/{id}/activity"), 204, json!({})).await;
        machine.answer("GET", &format!("/api/v1/environments/{id}"), 200, environment(id, "any", false)).await;
        let table = machine.run(&[&["env", "activity", "webshell"], args].concat()).await.quiet();
        assert!(table.contains("webshell") && table.contains("2026-01-01T01:00:00Z"), "{table}");
        assert!(machine.requests().await.contains(&format!("POST /api/v1/environments/{id}/activity")));
    }
    machine.run(&["env", "activity", "other"]).await.fails(4);
}
