use std::pin::pin;

use axum::body::Bytes;
use dploy_core::{
    environments::{
        instance::InstancePhase,
        ports::Observer as _,
        template::{self, Pool, TtlSpec, WhenEmpty},
    },
    testing::{Script, builders::pool_template},
};
use futures::StreamExt as _;
use insta::assert_json_snapshot;
use rstest::rstest;

use super::*;

const ENVIRONMENTS: &str = "/api/v1/environments";

impl Answer {
    /// Status, code and message of a failure in the envelope.
    fn failure(&self) -> (u16, &str, &str) {
        let error = &self.body["error"];
        assert!(error["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{}", self.body);
        (self.status.as_u16(), error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
    }
}

async fn create(world: &World, who: &str, body: Value) -> Answer {
    world.post(ENVIRONMENTS, &person(who), &body.to_string()).await
}

async fn create_under(world: &World, key: &str, body: Value) -> Answer {
    let mut request = request(Method::POST, ENVIRONMENTS, &person("alice"), &body.to_string());
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    world.send(request).await
}

#[tokio::test]
async fn an_environment_is_made_found_extended_and_released_by_its_id() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let made = create(&world, "alice", json!({"template": "vscode"})).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_json_snapshot!("v1_environment", made.body);
    let path = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(path, format!("{ENVIRONMENTS}/{}", made.body["id"].as_str().unwrap()));
    assert_eq!(world.get(&path, &person("alice")).await.body, made.body);
    let list = world.get(ENVIRONMENTS, &person("alice")).await.body;
    assert_eq!(list, json!({"environments": [made.body], "totalCount": 1}));
    let extended = world.post(&format!("{path}/extend"), &person("alice"), "").await;
    assert_eq!((extended.status, &extended.body["extensions"]), (StatusCode::OK, &json!(1)));
    assert_ne!(extended.body["expiresAt"], made.body["expiresAt"]);
    assert_eq!(world.delete(&path, &person("alice")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&path, &person("alice")).await.failure().1, "environment_not_found");
}

#[tokio::test]
async fn an_undecided_environment_is_accepted_and_told_without_an_address() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.platform.script(Script::Wait);
    let made = create(&world, "alice", json!({"template": "vscode"})).await;
    assert_eq!(made.status, StatusCode::ACCEPTED);
    assert_json_snapshot!("v1_pending", made.body);
}

#[tokio::test]
async fn nobody_learns_of_anybody_elses_environment_but_administrators() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let made = create(&world, "alice", json!({"template": "vscode"})).await;
    let id = made.body["id"].as_str().unwrap();
    let (path, admins) = (format!("{ENVIRONMENTS}/{id}"), format!("/api/v1/admin/environments/{id}"));
    let expected = (404, "environment_not_found", format!("environment \"{id}\" not found"));
    for answer in [
        world.get(&path, &person("bob")).await,
        world.delete(&path, &person("bob")).await,
        world.post(&format!("{path}/extend"), &person("bob"), "").await,
        world.post(&format!("{path}/activity"), &person("bob"), "").await,
        world.get(&format!("{path}/events"), &person("bob")).await,
        world.get(&path, &admin()).await,
    ] {
        assert_eq!(answer.failure(), (expected.0, expected.1, expected.2.as_str()));
    }
    for answer in [
        world.get("/api/v1/admin/environments", &person("alice")).await,
        world.get(&admins, &person("alice")).await,
        world.delete(&admins, &person("alice")).await,
        world.post(&format!("{admins}/extend"), &person("alice"), "").await,
    ] {
        assert_eq!(answer.failure(), (403, "admin_required", "admin required"));
    }
    assert_eq!(world.get("/api/v1/admin/environments", &admin()).await.body["totalCount"], 1);
    assert_eq!(world.get(&admins, &admin()).await.body["id"], id);
    assert_eq!(world.post(&format!("{admins}/extend"), &admin(), "").await.body["extensions"], 1);
    assert_eq!(world.delete(&admins, &admin()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&path, &person("alice")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_repeated_request_gives_the_same_and_another_one_under_its_key_is_refused() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.platform.put_template(limited("shell"));
    let first = create_under(&world, "one", json!({"template": "vscode"})).await;
    assert_eq!(first.status, StatusCode::OK);
    let again = create_under(&world, "one", json!({"template": "vscode", "params": {}})).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
    for other in [
        json!({"template": "vscode", "ttlSeconds": 5}),
        json!({"template": "vscode", "waitForPool": false}),
        json!({"template": "shell"}),
    ] {
        let refused = create_under(&world, "one", other).await;
        assert_eq!(refused.failure().0, 409);
        assert_eq!(refused.failure().1, "idempotency_key_reused");
    }
    assert_eq!(create_under(&world, "two", json!({"template": "vscode"})).await.body["id"], first.body["id"]);
    assert_eq!(world.platform.all_claims().len(), 1);
    let stored = format!("{:?}", world.platform.all_claims());
    assert!(!stored.contains("\"one\""), "the key itself is not kept");
}

#[rstest]
#[case(json!({}), "template must be given")]
#[case(json!("vscode"), "the body must be JSON such as {\"template\": \"vscode\", \"params\": {\"name\": \"value\"}}")]
#[case(json!({"template": "vscode", "ttl": 5}), "field \"ttl\" of the body must be one of `template`, `params`, `owner`, `ttlSeconds`, `waitForPool`")]
#[case(json!({"template": "vscode", "params": {"a": []}}), "params.a must be a string, a number or a boolean")]
#[case(json!({"template": "vscode", "params": {"a": "\u{0}"}}), "params.a must be text without NUL characters")]
#[case(json!({"template": "vscode", "ttlSeconds": 0}), "ttlSeconds must be a whole number of seconds from 1, or -1 for ever")]
#[case(json!({"template": "vscode", "ttlSeconds": 1.5}), "ttlSeconds must be a whole number")]
#[tokio::test]
async fn a_wrong_request_is_told_its_field(#[case] body: Value, #[case] message: &str) {
    let world = world();
    world.platform.put_template(limited("vscode"));
    assert_eq!(create(&world, "alice", body).await.failure(), (400, "invalid_input", message));
    assert!(world.platform.all_claims().is_empty());
}

#[tokio::test]
async fn a_key_is_visible_text_sent_once() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let accepted = "header Idempotency-Key must be 1 to 255 visible ASCII characters, sent once";
    for key in ["a b", &"x".repeat(256), "é"] {
        let refused = create_under(&world, key, json!({"template": "vscode"})).await;
        assert_eq!(refused.failure(), (400, "invalid_input", accepted));
    }
    let mut twice = request(Method::POST, ENVIRONMENTS, &person("alice"), "{\"template\": \"vscode\"}");
    for key in ["a", "b"] {
        twice.headers_mut().append("idempotency-key", key.parse().unwrap());
    }
    assert_eq!(world.send(twice).await.failure(), (400, "invalid_input", accepted));
}

#[tokio::test]
async fn refusals_of_the_operator_have_their_statuses_and_say_when_to_come_again() {
    let world = world();
    world.platform.put_template(pool_template("pool", 0));
    world.platform.put_template(Template { enabled: false, ..limited("off") });
    let empty = create(&world, "alice", json!({"template": "pool"})).await;
    assert_eq!((empty.failure().0, empty.failure().1), (503, "pool_exhausted"));
    assert_eq!(empty.headers["retry-after"], "5");
    assert_eq!(create(&world, "alice", json!({"template": "off"})).await.failure().1, "template_disabled");
    assert_eq!(create(&world, "alice", json!({"template": "none"})).await.failure().0, 404);
    for at in 0..6 {
        world.platform.put_template(limited(&format!("t{at}")));
    }
    for at in 0..5 {
        assert_eq!(create(&world, "alice", json!({"template": format!("t{at}")})).await.status, StatusCode::OK);
    }
    let refused = create(&world, "alice", json!({"template": "t5"})).await;
    assert_eq!(refused.failure(), (429, "quota_exceeded", "Maximum 5 environments allowed"));
    assert_eq!(refused.headers["retry-after"], "60");
}

#[tokio::test]
async fn s35_a_claim_on_an_empty_pool_is_accepted_where_it_waits() {
    let world = world();
    world.platform.put_template(pool_template("pool", 0));
    let waits = create(&world, "alice", json!({"template": "pool", "waitForPool": true})).await;
    assert_eq!(waits.status, StatusCode::ACCEPTED);
    assert_eq!((&waits.body["phase"], &waits.body["reason"]), (&json!("Pending"), &json!("WaitingForPool")));
    let again = create(&world, "alice", json!({"template": "pool"})).await;
    assert_eq!((again.status, &again.body["id"]), (StatusCode::ACCEPTED, &waits.body["id"]));
    assert_eq!(create(&world, "bob", json!({"template": "pool", "waitForPool": false})).await.failure().0, 503);
    let run = world.get("/api/run/pool/status", &person("alice")).await;
    assert_eq!((run.status, &run.body["status"]), (StatusCode::OK, &json!("pending")));
}

#[tokio::test]
async fn s35_a_template_may_let_wait_or_provision_where_its_pool_is_empty() {
    let world = world();
    for (name, when_empty, status) in
        [("waits", WhenEmpty::Wait, StatusCode::ACCEPTED), ("provisions", WhenEmpty::Provision, StatusCode::OK)]
    {
        let pool = Pool { size: 0, max_size: None, recycle: true, when_empty };
        world.platform.put_template(Template { method: template::Method::Pool(pool), ..limited(name) });
        assert_eq!(create(&world, "alice", json!({"template": name})).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn activity_puts_the_idle_end_off_and_says_nothing() {
    let world = world();
    world.platform.put_template(Template {
        idle_seconds: Some(100),
        max_lifetime_seconds: Some(65),
        ..limited("vscode")
    });
    let made = create(&world, "alice", json!({"template": "vscode"})).await.body;
    assert_eq!((&made["idleSeconds"], &made["maxLifetimeSeconds"]), (&json!(100), &json!(65)));
    world.clock.advance(50);
    let path = format!("{ENVIRONMENTS}/{}", made["id"].as_str().unwrap());
    let noted = world.post(&format!("{path}/activity"), &person("alice"), "").await;
    assert_eq!((noted.status, &noted.body), (StatusCode::NO_CONTENT, &json!("")));
    let now = world.get(&path, &person("alice")).await.body;
    assert!(now["idleExpiresAt"].as_str() > made["idleExpiresAt"].as_str(), "{now}");
    assert_eq!(now["expiresAt"], made["expiresAt"]);
    let stranger = world.post(&format!("{path}/activity"), &person("bob"), "").await;
    assert_eq!(stranger.failure().1, "environment_not_found");
    assert_eq!(world.get(&format!("{path}/activity"), &person("alice")).await.failure().0, 405);
    assert_eq!(world.post(&format!("{path}/activity"), "", "").await.failure().0, 401);
}

#[tokio::test]
async fn s28_an_extension_past_the_longest_lifetime_is_granted_up_to_it_and_the_next_refused() {
    let world = world();
    world.platform.put_template(Template { max_lifetime_seconds: Some(65), ..limited("vscode") });
    let made = create(&world, "alice", json!({"template": "vscode"})).await.body;
    let path = format!("{ENVIRONMENTS}/{}/extend", made["id"].as_str().unwrap());
    assert_eq!(world.post(&path, &person("alice"), "").await.status, StatusCode::OK);
    let refused = world.post(&path, &person("alice"), "").await;
    assert_eq!(refused.failure(), (409, "lifetime_exhausted", "maximum lifetime reached (65 seconds)"));
    let run = world.post("/api/run/vscode/extend", &person("alice"), "").await;
    assert_eq!(run.told(), (409, "maximum lifetime reached (65 seconds)"));
}

#[tokio::test]
async fn templates_are_listed_with_what_a_request_may_say() {
    let world = world();
    let ttl = TtlSpec { seconds: Some(-1), ..TtlSpec::default() };
    world.platform.put_template(Template { ttl, ..template("shell") });
    world.platform.put_template(Template { visible: false, ..limited("hidden") });
    let list = world.get("/api/v1/templates", &person("alice")).await;
    assert_json_snapshot!("v1_templates", list.body);
    assert_eq!(world.get("/api/v1/templates/hidden", &person("alice")).await.body["name"], "hidden");
    assert_eq!(world.get("/api/v1/templates/none", &person("alice")).await.failure().0, 404);
    assert_eq!(world.get("/api/v1/templates", "").await.failure().0, 401);
}

#[tokio::test]
async fn ids_that_no_object_can_have_name_nothing() {
    let world = world();
    for id in ["A", "..%2F..%2Fx", "%00", "a%3Fb", "%FF"] {
        let answer = world.get(&format!("{ENVIRONMENTS}/{id}"), &person("alice")).await;
        assert_eq!(answer.failure().0, 404, "{id}");
    }
}

/// The next event of a stream: its name and its data.
async fn next(
    stream: &mut (impl futures::Stream<Item = Result<Bytes, axum::Error>> + Unpin),
) -> Option<(String, String)> {
    loop {
        let text = String::from_utf8(stream.next().await?.unwrap().to_vec()).unwrap();
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        if let (Some(event), Some(data)) = (field("event:"), field("data:")) {
            return Some((event, data));
        }
    }
}

#[tokio::test]
async fn events_tell_every_change_and_the_end() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let made = create(&world, "alice", json!({"template": "vscode"})).await;
    let path = format!("{ENVIRONMENTS}/{}", made.body["id"].as_str().unwrap());
    let asked = request(Method::GET, &format!("{path}/events"), &person("alice"), "");
    let response = world.router.clone().oneshot(asked).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = pin!(response.into_body().into_data_stream());
    let (event, data) = next(&mut stream).await.unwrap();
    assert_eq!((event.as_str(), serde_json::from_str::<Value>(&data).unwrap()), ("environment", made.body));
    let mut instance = world.platform.instances()[0].as_ref().clone();
    instance.status.phase = InstancePhase::Failed;
    world.platform.put_instance(instance);
    let (_, data) = next(&mut stream).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&data).unwrap()["phase"], "Failed");
    world.delete(&path, &person("alice")).await;
    assert_eq!(next(&mut stream).await.unwrap().0, "gone");
    assert_eq!(next(&mut stream).await, None);
}
