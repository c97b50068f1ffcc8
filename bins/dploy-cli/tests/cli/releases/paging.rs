//! Long lists.

use serde_json::{Value, json};
use wiremock::{
    Mock, Request, ResponseTemplate,
    matchers::{method, path},
};

use super::desk::{Desk, application};

/// A desk whose server has 250 applications and gives 100 at once, as the original does.
async fn crowded() -> Desk {
    let desk = Desk::new().await;
    let page = |request: &Request| {
        let query = |key: &str| {
            let found = request.url.query_pairs().find(|(name, _)| name == key);
            found.map_or(0, |(_, value)| value.parse::<usize>().unwrap())
        };
        let (limit, offset) = (query("limit").min(100), query("offset"));
        let apps: Vec<Value> = (offset..(offset + limit).min(250)).map(app).collect();
        ResponseTemplate::new(200).set_body_json(json!({"apps": apps, "total": 250, "limit": limit, "offset": offset}))
    };
    Mock::given(method("GET")).and(path("/api/v1/apps")).respond_with(page).mount(&desk.machine.server).await;
    desk.machine.answer("GET", "/api/v1/apps/app-249", 200, app(249)).await;
    desk
}

fn app(at: usize) -> Value {
    let mut app = application();
    app["name"] = format!("app-{at}").into();
    app
}

#[tokio::test]
async fn s67_w19_all_of_250_applications_are_listed_and_every_name_resolves() {
    let desk = crowded().await;
    let list: Vec<Value> = serde_json::from_str(&desk.run("smithctl app list -o json").await.quiet()).unwrap();
    assert_eq!(list.len(), 250);
    assert_eq!(list[249]["name"], "app-249");
    desk.run("smithctl app show app-249").await.quiet();
    desk.run("forge app-bind --app app-249").await.quiet();
    assert!(std::fs::read_to_string(desk.work.join(".deploysmith/app.yaml")).unwrap().contains("app-249"));
}

#[tokio::test]
async fn a_limit_is_kept_over_pages() {
    let desk = Desk::new().await;
    let versions: Vec<Value> = (0..100).map(|_| super::desk::version()).collect();
    let body = json!({"versions": versions, "total": 5000});
    desk.machine.answer("GET", "/api/v1/apps/web/versions", 200, body).await;
    desk.run("smithctl version list web --limit 150 --status published").await.quiet();
    let expected = [
        "GET /api/v1/apps/web/versions?status=published&limit=100&offset=0",
        "GET /api/v1/apps/web/versions?status=published&limit=50&offset=100",
    ];
    assert_eq!(desk.machine.requests().await, expected);
}
