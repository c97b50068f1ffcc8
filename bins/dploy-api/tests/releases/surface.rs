use axum::body::Body;
use http::{Method, Request};
use rstest::rstest;
use serde_json::Value;

use super::world::*;

#[rstest]
#[case(Method::GET, "/nothing")]
#[case(Method::POST, "/apps/web/nothing")]
#[case(Method::GET, "/deployments/x/y/z")]
#[case(Method::GET, "")]
#[case(Method::GET, "/APPS")]
#[tokio::test]
async fn s09_w18_an_unknown_route_is_told_in_the_envelope(#[case] method: Method, #[case] path: &str) {
    let answer = World::new().await.ask(method, path, Value::Null).await;
    assert_eq!(answer.told(), (404, "not_found", "there is no such route"));
}

#[rstest]
#[case(Method::PUT, "/apps", "GET,HEAD,POST")]
#[case(Method::DELETE, "/apps/web", "GET,HEAD,PATCH")]
#[case(Method::GET, "/apps/web/versions/1/publish", "POST")]
#[tokio::test]
async fn s09_w18_a_wrong_method_is_told_in_the_envelope(
    #[case] method: Method,
    #[case] path: &str,
    #[case] known: &str,
) {
    let answer = World::new().await.ask(method, path, Value::Null).await;
    assert_eq!(answer.refused(), (405, "method_not_allowed"));
    let allow = answer.headers["allow"].to_str().unwrap();
    assert!(known.split(',').all(|method| allow.contains(method)), "{allow}");
}

#[tokio::test]
async fn s09_where_only_releases_are_served_the_envelope_is_everywhere() {
    let world = World::new().await;
    let answer = world.send(Request::get("/favicon.ico").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.refused(), (404, "not_found"));
    let answer = world.send(Request::post("/health").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.refused(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = World::new().await;
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(dploy_api::BODY_LIMIT));
    let request = Request::post("/api/v1/apps").header("x-api-key", KEY).body(Body::from(body)).unwrap();
    assert_eq!(world.send(request).await.refused(), (413, "too_large"));
}

#[tokio::test]
async fn s05_what_follows_the_first_value_of_a_body_is_ignored() {
    let world = World::new().await;
    let request = Request::post("/api/v1/apps").header("x-api-key", KEY).header("content-type", "text/plain");
    world.send(request.body(Body::from("{\"name\":\"web\"} garbage")).unwrap()).await.body(201);
}

#[tokio::test]
async fn w17_no_web_page_may_call_releases_unless_it_is_listed() {
    let world = World::new().await;
    let request = Request::get("/api/v1/apps").header("x-api-key", KEY).header("origin", "https://evil.example.org");
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn w25_requests_are_counted_by_route() {
    let world = World::with_web().await;
    world.get("/apps/web").await.body(200);
    let metrics = world.send(Request::get("/metrics").body(Body::empty()).unwrap()).await;
    let text = metrics.body.as_str().unwrap();
    let line = "dploy_api_requests_total{route=\"/api/v1/apps/{app}\",method=\"GET\",status=\"200\"} 1";
    assert!(text.lines().any(|known| known == line), "{text}");
}

#[tokio::test]
async fn the_page_that_describes_the_interface_needs_no_network() {
    let world = World::new().await;
    let get = |path: &'static str| world.send(Request::get(path).body(Body::empty()).unwrap());
    let page = get("/docs/?x=alert(1)").await;
    assert_eq!((page.status.as_u16(), page.headers["content-type"].to_str().unwrap()), (200, "text/html"));
    let text = page.body.as_str().unwrap();
    assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("alert"), "{text}");
    assert!(text.contains("/openapi.json"), "{text}");
    let parts: Vec<_> = text.split('"').filter(|part| part.starts_with("/docs/")).collect();
    assert!(parts.len() > 1, "{text}");
    for part in parts {
        assert_eq!(world.send(Request::get(part).body(Body::empty()).unwrap()).await.status, 200, "{part}");
    }
    assert_eq!(get("/docs/nothing.js").await.refused(), (404, "not_found"));
}

#[tokio::test]
async fn the_description_knows_every_route() {
    let world = World::new().await;
    let served = world.send(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.body(200);
    let paths = served["paths"].as_object().unwrap();
    for (path, methods) in [
        ("/api/v1/apps", "get post"),
        ("/api/v1/apps/{app}", "get patch"),
        ("/api/v1/apps/{app}/diff", "get"),
        ("/api/v1/apps/{app}/versions", "get"),
        ("/api/v1/apps/{app}/versions/draft", "post"),
        ("/api/v1/apps/{app}/versions/{version}", "get"),
        ("/api/v1/apps/{app}/versions/{version}/publish", "post"),
        ("/api/v1/apps/{app}/versions/{version}/deploy", "post"),
        ("/api/v1/apps/{app}/versions/{version}/reject", "post delete"),
        ("/api/v1/apps/{app}/rollback", "post"),
        ("/api/v1/apps/{app}/promote", "post"),
        ("/api/v1/apps/{app}/remove", "post"),
        ("/api/v1/apps/{app}/deployments", "get"),
        ("/api/v1/apps/{app}/policies", "get post"),
        ("/api/v1/apps/{app}/policies/{policy}", "patch delete"),
        ("/api/v1/apps/{app}/targets/{target}/hold", "post"),
        ("/api/v1/apps/{app}/targets/{target}/resume", "post"),
        ("/api/v1/deployments", "get"),
        ("/api/v1/deployments/{deployment}", "get"),
        ("/api/v1/deployments/{deployment}/events", "get"),
        ("/api/v1/targets", "get post"),
        ("/api/v1/targets/{target}", "get patch delete"),
        ("/api/v1/keys", "get post"),
        ("/api/v1/keys/{key}", "delete"),
        ("/api/v1/audit", "get"),
        ("/api/v1/me", "get"),
        ("/uploads/{key}", "put"),
        ("/livez", "get"),
    ] {
        let known: Vec<_> = paths.get(path).unwrap_or_else(|| panic!("{path}")).as_object().unwrap().keys().collect();
        assert!(methods.split(' ').all(|method| known.iter().any(|known| *known == method)), "{path}: {known:?}");
    }
    let references = served.to_string();
    for name in references.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(served["components"]["schemas"].get(name).is_some(), "{name} is described");
    }
}
