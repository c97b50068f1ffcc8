use dploy_api::BODY_LIMIT;
use rstest::rstest;

use super::*;

#[tokio::test]
async fn s01_health_is_ok_and_ready_follows_the_cluster() {
    let world = world();
    let health = world.get("/health", "").await;
    assert_eq!((health.status, health.body), (StatusCode::OK, json!({ "status": "ok" })));
    let ready = world.get("/ready", "").await;
    assert_eq!((ready.status, ready.body), (StatusCode::OK, json!({ "status": "ready" })));
    world.platform.set_reachable(false);
    assert_eq!(world.get("/health", "").await.status, StatusCode::OK);
    assert_eq!(world.get("/ready", "").await.told(), (503, "Service not ready"));
}

#[tokio::test]
async fn nothing_is_denied_before_the_cluster_is_known() {
    let setup = Setup { readiness: Readiness::default(), ..Setup::default() };
    let readiness = setup.readiness.clone();
    let world = world_with(setup);
    for path in ["/ready", "/api/environments", "/api/environments/available", "/api/run/x/status"] {
        let answer = world.get(path, &person("alice")).await;
        assert_eq!(answer.told(), (503, "Service not ready"), "{path}");
        assert_eq!(answer.headers["retry-after"], "5");
    }
    assert_eq!(world.get("/api/ui-config", "").await.status, StatusCode::OK);
    readiness.set();
    assert_eq!(world.get("/ready", "").await.status, StatusCode::OK);
}

#[rstest]
#[case(Method::GET, "/api/unknown")]
#[case(Method::POST, "/api/unknown")]
#[case(Method::GET, "/")]
#[case(Method::GET, "/api/run")]
#[case(Method::GET, "/api/run/a/b/c")]
#[case(Method::GET, "/api/run/%FF/status")]
#[tokio::test]
async fn s31_an_unknown_route_is_a_json_404(#[case] method: Method, #[case] path: &str) {
    let answer = world().send(request(method, path, &person("alice"), "")).await;
    assert_eq!(answer.told(), (404, "Not Found"));
}

#[rstest]
#[case(Method::POST, "/health", "GET,HEAD")]
#[case(Method::PUT, "/api/run/x", "GET,POST,DELETE")]
#[case(Method::GET, "/api/run/x/extend", "POST")]
#[case(Method::DELETE, "/api/environments", "GET,HEAD")]
#[tokio::test]
async fn an_unknown_method_is_a_json_405_that_lists_the_known_ones(
    #[case] method: Method,
    #[case] path: &str,
    #[case] known: &str,
) {
    let answer = world().send(request(method, path, &person("alice"), "")).await;
    assert_eq!(answer.told(), (405, "Method Not Allowed"));
    let allow = answer.headers["allow"].to_str().unwrap();
    assert!(known.split(',').all(|method| allow.contains(method)), "{allow}");
}

#[tokio::test]
async fn routes_match_in_any_case_and_with_a_trailing_slash() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    for path in ["/HEALTH", "/health/", "/API/Environments/Available/"] {
        assert_eq!(world.get(path, "").await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(world.post("/Api/RUN/vscode/", &person("alice"), "").await.status, StatusCode::OK);
    assert_eq!(world.post("/api/run/VSCode", &person("alice"), "").await.error(), "environment \"VSCode\" not found");
}

#[tokio::test]
async fn any_web_page_may_call_without_credentials() {
    let world = world();
    let plain = world.get("/health", "").await;
    assert!(!plain.headers.contains_key("access-control-allow-origin"));
    let mut cross = request(Method::GET, "/api/me", "", "");
    cross.headers_mut().insert("origin", "https://ctf.example.org".parse().unwrap());
    let cross = world.send(cross).await;
    assert_eq!(cross.status, StatusCode::UNAUTHORIZED);
    assert_eq!(cross.headers["access-control-allow-origin"], "*");
    assert!(!cross.headers.contains_key("access-control-allow-credentials"));
}

fn preflight(origin: &str) -> Request<Body> {
    let mut preflight = request(Method::OPTIONS, "/api/run/x", "", "");
    preflight.headers_mut().insert("origin", origin.parse().unwrap());
    preflight.headers_mut().insert("access-control-request-method", "POST".parse().unwrap());
    preflight
}

#[tokio::test]
async fn a_preflight_is_answered_with_the_methods_and_headers() {
    let answer = world().send(preflight("https://ctf.example.org")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert_eq!(answer.headers["access-control-allow-methods"], "GET,POST,DELETE,OPTIONS");
    let headers = answer.headers["access-control-allow-headers"].to_str().unwrap();
    assert!(headers.starts_with("Origin, Content-Type, Accept, Authorization"));
}

#[tokio::test]
async fn listed_origins_restrict_web_pages() {
    let origins = Origins::Listed(vec!["https://ctf.example.org".to_owned()]);
    let world = world_with(Setup { origins, ..Setup::default() });
    let known = world.send(preflight("https://ctf.example.org")).await;
    assert_eq!(known.headers["access-control-allow-origin"], "https://ctf.example.org");
    assert_eq!(known.headers["vary"], "Origin");
    let foreign = world.send(preflight("https://evil.example.org")).await;
    assert!(!foreign.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let world = world();
    let made = world.get("/api/me", "").await;
    assert_eq!(made.headers["x-request-id"].len(), 36);
    for (given, kept) in [("trace-1.a", true), ("a b", false), (&"x".repeat(129), false)] {
        let mut request = request(Method::GET, "/health", "", "");
        request.headers_mut().insert("x-request-id", given.parse().unwrap());
        assert_eq!(world.send(request).await.headers["x-request-id"] == given, kept, "{given}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let body = format!("{{\"params\":{{\"a\":\"{}\"}}}}", "x".repeat(BODY_LIMIT));
    let answer = world.post("/api/run/vscode", &person("alice"), &body).await;
    assert_eq!(answer.told(), (413, "the body must be at most 2097152 bytes long"));
}

#[tokio::test]
async fn s63_metrics_count_requests_by_route_and_claims_by_outcome() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.post("/api/run/vscode", &person("alice"), "").await;
    world.post("/api/run/nothing", &person("alice"), "").await;
    world.get("/secret/path", "").await;
    let metrics = world.get("/metrics", "").await;
    assert_eq!(metrics.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = metrics.body.as_str().unwrap();
    for line in [
        "dploy_api_requests_total{route=\"/api/run/{env}\",method=\"POST\",status=\"200\"} 1",
        "dploy_api_requests_total{route=\"/api/run/{env}\",method=\"POST\",status=\"404\"} 1",
        "dploy_api_requests_total{route=\"none\",method=\"GET\",status=\"404\"} 1",
        "dploy_api_claims_total{outcome=\"bound\"} 1",
        "dploy_api_claims_total{outcome=\"environment_not_found\"} 1",
        "dploy_api_request_duration_seconds_count{route=\"/api/run/{env}\",method=\"POST\"} 2",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\nin\n{text}");
    }
    assert!(!text.contains("secret"));
    assert_eq!(world.metrics.encode().unwrap().lines().last(), Some("# EOF"));
}
