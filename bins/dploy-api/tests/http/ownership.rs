use dploy_core::environments::parameter::{Parameter, ParameterType};

use super::*;

fn for_groups(name: &str) -> Template {
    Template { owner_claim: Some("groups".into()), ..template(name) }
}

fn with_owner_parameter(name: &str) -> Template {
    let owner = Parameter {
        name: "owner".to_owned(),
        description: String::new(),
        required: true,
        default: String::new(),
        kind: ParameterType::String,
        allowed: Vec::new(),
        pattern: None,
        max_length: None,
    };
    Template { parameters: vec![owner], ..for_groups(name) }
}

#[tokio::test]
async fn every_call_selects_a_group_by_query_or_header() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    let alice = member("alice", &["red", "blue"]);
    let made = world.post("/api/run/ctf?owner=blue", &alice, "").await;
    assert_eq!((&made.body["owner"], &made.body["shared"]), (&json!("blue"), &json!(true)));
    assert_eq!(world.get("/api/run/ctf/status?owner=red", &alice).await.status, StatusCode::NOT_FOUND);
    let mut status = request(Method::GET, "/api/run/ctf/status", &alice, "");
    status.headers_mut().insert("x-dploy-owner", "blue".parse().unwrap());
    assert_eq!(world.send(status).await.body["owner"], "blue");
    assert_eq!(world.post("/api/run/ctf/extend?owner=blue", &alice, "").await.status, StatusCode::OK);
    assert_eq!(world.delete("/api/run/ctf?owner=blue", &alice).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_foreign_owner_is_refused_by_name() {
    let world = world();
    world.platform.put_template(for_groups("ctf"));
    let alice = member("alice", &["red"]);
    for answer in [
        world.post("/api/run/ctf?owner=blue", &alice, "").await,
        world.get("/api/run/ctf/status?owner=blue", &alice).await,
        world.post("/api/run/ctf/extend?owner=blue", &alice, "").await,
        world.delete("/api/run/ctf?owner=blue", &alice).await,
    ] {
        assert_eq!(answer.told(), (403, "owner must be one of yours (red), not \"blue\""));
    }
}

#[tokio::test]
async fn a_parameter_named_owner_leaves_the_selection_to_the_header() {
    let world = world();
    world.platform.put_template(with_owner_parameter("ctf"));
    let alice = member("alice", &["red", "blue"]);
    let mut run = request(Method::POST, "/api/run/ctf?owner=somebody", &alice, "");
    run.headers_mut().insert("x-dploy-owner", "blue".parse().unwrap());
    assert_eq!(world.send(run).await.body["owner"], "blue");
    assert_eq!(world.platform.all_claims()[0].params["owner"], "somebody");
    assert_eq!(world.get("/api/run/ctf/status?owner=anything", &alice).await.body["owner"], "blue");
}

#[tokio::test]
async fn a_client_that_sends_query_and_header_alike_selects_and_sets_no_parameter() {
    let world = world();
    world.platform.put_template(with_owner_parameter("ctf"));
    let alice = member("alice", &["red", "blue"]);
    let mut run = request(Method::POST, "/api/run/ctf?owner=blue", &alice, "");
    run.headers_mut().insert("x-dploy-owner", "blue".parse().unwrap());
    assert_eq!(world.send(run).await.told(), (400, "missing required parameter \"owner\""));
}
