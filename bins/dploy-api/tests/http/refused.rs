//! Every parameter of the description has a refused case; one that gets none fails here.

use std::collections::BTreeSet;

use super::*;

/// A parameter of the description: the method and the route, where it is, and its name.
type Described = (String, String, String, String);

/// Every parameter of environments, and every field of their bodies.
fn described() -> Vec<Described> {
    let api: Value = serde_json::from_str(&dploy_api::openapi_json().unwrap()).unwrap();
    let ours = |path: &str| {
        let v1 = ["environments", "templates", "admin"].iter().any(|part| path.starts_with(&format!("/api/v1/{part}")));
        v1 || (path.starts_with("/api/") && !path.starts_with("/api/v1/"))
    };
    let mut all = Vec::new();
    for (path, methods) in api["paths"].as_object().unwrap().iter().filter(|(path, _)| ours(path)) {
        for (method, operation) in methods.as_object().unwrap() {
            let mut add = |place: &str, name: &str| {
                all.push((method.to_uppercase(), path.clone(), place.to_owned(), name.to_owned()));
            };
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                add(parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            let named = body["$ref"].as_str().or_else(|| body["oneOf"][0]["$ref"].as_str());
            assert!(body.is_null() || named.is_some(), "{method} {path}: the fields of its body are not found");
            if let Some(schema) = named.and_then(|name| api.pointer(name.trim_start_matches('#'))) {
                schema["properties"].as_object().unwrap().keys().for_each(|field| add("body", field));
            }
        }
    }
    all
}

/// A request with that parameter wrong, its status, and how the message begins; `None` where nobody has thought of one.
fn wrong(method: &str, route: &str, place: &str, name: &str) -> Option<(Request<Body>, u16, &'static str)> {
    let path = |env: &str| route.replace("{env}", env).replace("{id}", env).replace("{name}", env);
    let send = |path: &str, body: &str| request(method.parse().unwrap(), path, &admin(), body);
    let with_header = |header: &'static str, value: &[u8]| {
        let mut request = send(&path("vm"), r#"{"template": "vm"}"#);
        request.headers_mut().insert(header, http::HeaderValue::from_bytes(value).unwrap());
        request
    };
    let body = |field: &str, value: Value| {
        let mut body = if route.contains("/run/") { json!({}) } else { json!({ "template": "vm" }) };
        body[field] = value;
        send(&path("vm"), &body.to_string())
    };
    Some(match (place, name) {
        ("path", _) => (send(&path("none"), ""), 404, "environment \"none\" not found"),
        ("query", "owner") => (
            send(&format!("{}?owner=stranger", path("vm")), ""),
            403,
            "owner must be one of yours (root), not \"stranger\"",
        ),
        ("header", "X-Dploy-Owner") => {
            (with_header("x-dploy-owner", b"\xff"), 400, "header X-Dploy-Owner must be an owner as text")
        }
        ("header", "Idempotency-Key") => (
            with_header("idempotency-key", b"a b"),
            400,
            "header Idempotency-Key must be 1 to 255 visible ASCII characters, sent once",
        ),
        ("body", "template") => (body(name, json!(7)), 400, "template must be a string"),
        ("body", "params") => (body(name, json!([])), 400, "params must be an object"),
        ("body", "owner") => (body(name, json!(["a"])), 400, "owner must be a string"),
        ("body", "ttlSeconds") => (body(name, json!("1h")), 400, "ttlSeconds must be a whole number"),
        ("body", "waitForPool") => (body(name, json!("yes")), 400, "waitForPool must be a boolean"),
        _ => return None,
    })
}

#[tokio::test]
async fn s25_every_parameter_has_a_refused_case_that_names_it_and_what_is_accepted() {
    let world = world();
    world.platform.put_template(limited("vm"));
    let (mut seen, mut failed) = (BTreeSet::new(), Vec::new());
    for (method, route, place, name) in described() {
        let what = format!("{method} {route}, {place} {name}");
        let Some((request, status, begin)) = wrong(&method, &route, &place, &name) else {
            failed.push(format!("{what} has no refused case"));
            continue;
        };
        let answer = world.send(request).await;
        let error = &answer.body["error"];
        let told = error.as_str().or_else(|| error["message"].as_str()).unwrap_or_default();
        if answer.status.as_u16() != status || !told.starts_with(begin) {
            failed.push(format!("{what}: {} {}", answer.status, answer.body));
        }
        seen.insert((place, name));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(seen.len() >= 9, "{seen:?}");
    assert!(world.platform.all_claims().is_empty(), "nothing refused creates anything");
}
