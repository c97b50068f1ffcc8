use dploy_core::environments::parameter::{Parameter, ParameterType};
use rstest::rstest;

use super::*;

fn parameter(name: &str, kind: ParameterType) -> Parameter {
    Parameter {
        name: name.to_owned(),
        description: String::new(),
        required: true,
        default: "7".to_owned(),
        kind,
        allowed: Vec::new(),
        pattern: None,
        max_length: None,
    }
}

fn machine() -> World {
    let world = world();
    let size = parameter("size", ParameterType::Integer);
    let name = Parameter { default: String::new(), ..parameter("name", ParameterType::String) };
    world.platform.put_template(Template { parameters: vec![size, name], ..template("vm") });
    world
}

#[tokio::test]
async fn s25_defaults_apply_and_undeclared_parameters_are_ignored() {
    let world = machine();
    let missing = world.post("/api/run/vm", &person("alice"), "").await;
    assert_eq!(missing.told(), (400, "missing required parameter \"name\""));
    assert_eq!(world.platform.all_claims().len(), 0);
    let made = world.get("/api/run/vm?name=box&other=x", &person("alice")).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(world.platform.all_claims()[0].params, BTreeMap::from([("name".to_owned(), "box".to_owned())]));
}

#[tokio::test]
async fn the_body_wins_over_the_query_and_the_first_of_a_name_over_the_rest() {
    let world = machine();
    let body = json!({ "params": { "size": 3 } }).to_string();
    let made = world.post("/api/run/vm?name=a%20b&name=c&size=1", &person("alice"), &body).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    let params = &world.platform.all_claims()[0].params;
    assert_eq!((params["size"].as_str(), params["name"].as_str()), ("3", "a b"));
}

#[rstest]
#[case("/api/run/vm?name=a&size=1x", "", "parameter \"size\" must be a whole number")]
#[case("/api/run/vm?size=1", r#"{"params":{"name":["a"]}}"#, "params.name must be a string, a number or a boolean")]
#[case("/api/run/vm?size=1", r#"{"params":{"name":null}}"#, "params.name must be a string, a number or a boolean")]
#[case("/api/run/vm?name=a%00b", "", "params.name must be text without NUL characters")]
#[case("/api/run/vm", "{", "the body must be JSON such as {\"params\": {\"name\": \"value\"}}")]
#[case("/api/run/vm", r#"{"params":[]}"#, "params must be an object")]
#[case("/api/run/vm", r#"{"parameters":{}}"#, "field \"parameters\" of the body must be `params`")]
#[tokio::test]
async fn a_refused_part_of_a_request_is_named_with_what_is_accepted(
    #[case] path: &str,
    #[case] body: &str,
    #[case] error: &str,
) {
    let world = machine();
    let answer = world.post(path, &person("alice"), body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.error().starts_with(error), "{}", answer.error());
    assert_eq!(world.platform.calls("create"), 0);
}

#[tokio::test]
async fn an_owner_header_that_is_no_text_is_refused() {
    let world = machine();
    let mut run = request(Method::POST, "/api/run/vm?name=a", &person("alice"), "");
    run.headers_mut().insert("x-dploy-owner", http::HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(world.send(run).await.told(), (400, "header X-Dploy-Owner must be an owner as text"));
}
