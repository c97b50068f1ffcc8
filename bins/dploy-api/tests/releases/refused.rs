//! Every parameter of the description has a refused case; one that gets none fails here.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use super::world::*;

/// A parameter of the description: the method and the route below `/api/v1`, where it is, its name, and what is wrong for
/// its type in a body.
type Described = (Method, String, String, String, Value);

fn described() -> Vec<Described> {
    let api: Value = serde_json::from_str(&dploy_api::openapi_json().unwrap()).unwrap();
    let theirs = ["environments", "templates", "admin"];
    let mut all = Vec::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        let Some(route) =
            path.strip_prefix("/api/v1/").filter(|route| !theirs.iter().any(|part| route.starts_with(part)))
        else {
            continue;
        };
        for (method, operation) in methods.as_object().unwrap() {
            let mut add = |place: &str, name: &str, wrong: Value| {
                let method = method.to_uppercase().parse().unwrap();
                all.push((method, format!("/{route}"), place.to_owned(), name.to_owned(), wrong));
            };
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                add(parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap(), Value::Null);
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            let named = body["$ref"].as_str().or_else(|| body["oneOf"][0]["$ref"].as_str());
            assert!(body.is_null() || named.is_some(), "{method} {path}: the fields of its body are not found");
            if let Some(schema) = named.and_then(|name| api.pointer(name.trim_start_matches('#'))) {
                for (field, schema) in schema["properties"].as_object().unwrap() {
                    let text = schema["type"] == "string" || schema["type"][0] == "string";
                    add("body", field, if text { json!(7) } else { json!("wrong") });
                }
            }
        }
    }
    all
}

/// A value of a query parameter that is refused; `None` where nobody has thought of one.
fn wrong(name: &str) -> Option<&'static str> {
    Some(match name {
        "name" | "environment" | "target" | "app" => "A%20B",
        "limit" => "1000",
        "offset" => "-1",
        "version" | "to" | "from" => "a%2Fb",
        "status" | "state" => "gone",
        "since" => "soon",
        "wait" => "5m",
        _ => return None,
    })
}

/// Query parameters that compare with what is stored, whatever it is.
const ANY_TEXT: [&str; 2] = ["actor", "action"];

/// A body that the route accepts.
fn body(route: &str) -> Value {
    match route.rsplit('/').next().unwrap() {
        "draft" => draft("1", "main"),
        "deploy" | "remove" => json!({ "environment": "staging" }),
        "rollback" => json!({ "environment": "staging", "previous": true }),
        "promote" => json!({ "from": "staging", "to": "production" }),
        "hold" | "reject" => json!({ "reason": "why" }),
        "policies" => json!({ "name": "p", "gitBranchPattern": "main", "targetEnvironment": "staging" }),
        _ => json!({}),
    }
}

fn path(route: &str, wrong: &str) -> String {
    let known =
        [("app", "web"), ("version", "1"), ("policy", "p"), ("target", "staging"), ("deployment", "d"), ("key", "k")];
    known.iter().fold(route.to_owned(), |path, (name, value)| {
        path.replace(&format!("{{{name}}}"), if *name == wrong { "none" } else { value })
    })
}

#[tokio::test]
async fn s07_every_parameter_has_a_refused_case_that_names_it_and_what_is_accepted() {
    let world = World::with_web().await;
    let (mut seen, mut failed) = (BTreeSet::new(), Vec::new());
    for (method, route, place, name, unfit) in described() {
        let what = format!("{method} {route}, {place} {name}");
        let (answer, status, told) = match place.as_str() {
            "path" => {
                let query = if route.ends_with("/diff") { "?to=1&from=2" } else { "" };
                let of_app = route.starts_with("/apps") && name == "target";
                let told = if of_app { "environment must be one of the declared" } else { "\"none\" not found" };
                let answer = world.ask(method, &(path(&route, &name) + query), body(&route)).await;
                (answer, if of_app { 400 } else { 404 }, told.to_owned())
            }
            "body" => {
                let mut body = body(&route);
                body[&name] = unfit;
                (world.ask(method, &path(&route, ""), body).await, 400, format!("{name} must be "))
            }
            _ if ANY_TEXT.contains(&name.as_str()) => continue,
            _ => {
                let Some(value) = wrong(&name) else {
                    failed.push(format!("{what} has no refused case"));
                    continue;
                };
                // Of two versions to compare one is given in any case.
                let beside = if name == "from" || name == "target" { "&to=1" } else { "" };
                let path = format!("{}?{name}={value}{beside}", path(&route, ""));
                let answer = world.ask(method, &path, Value::Null).await;
                match (route.as_str(), name.as_str()) {
                    ("/deployments", "app") => (answer, 404, "application \"A B\" not found".to_owned()),
                    _ => (answer, 400, format!("{name} must be ")),
                }
            }
        };
        let message = answer.body["error"]["message"].as_str().unwrap_or_default();
        if answer.status.as_u16() != status || !message.contains(&told) {
            failed.push(format!("{what}: {} {}", answer.status, answer.body));
        }
        seen.insert((place, name));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(seen.len() > 30, "{seen:?}");
}
