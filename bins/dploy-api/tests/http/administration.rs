use dploy_core::{
    environments::{
        instance::InstancePhase,
        template::{Chart, ChartSource, GitReference},
    },
    testing::builders::{instance, member as pool_member, pool_template},
};
use insta::assert_json_snapshot;
use rstest::rstest;

use super::*;

#[rstest]
#[case("", 401, "Missing Authorization header")]
#[case("member", 403, "admin required")]
#[tokio::test]
async fn s15_only_administrators_get_the_lists(#[case] token: &str, #[case] status: u16, #[case] error: &str) {
    let token = if token.is_empty() { String::new() } else { person(token) };
    for path in ["/api/admin/instances", "/api/admin/templates"] {
        assert_eq!(world().get(path, &token).await.told(), (status, error), "{path}");
    }
}

#[tokio::test]
async fn s15_switched_off_lists_are_a_404_for_everybody_who_is_known() {
    let features = Features { manager: false, ..Features::default() };
    let world = world_with(Setup { features, ..Setup::default() });
    for path in ["/api/admin/instances", "/api/admin/templates"] {
        assert_eq!(world.get(path, "").await.status, StatusCode::UNAUTHORIZED);
        for token in [admin(), person("alice")] {
            assert_eq!(world.get(path, &token).await.told(), (404, "manager disabled"), "{path}");
        }
    }
}

#[tokio::test]
async fn s16_the_lists_are_complete_and_sorted() {
    let world = world();
    let source = ChartSource::Git { path: "charts/ctf".into(), reference: GitReference::Tag("v1".into()) };
    let chart = Chart { repo_url: "https://git.example.org/ctf".into(), source, secret: None };
    world.platform.put_template(Template { enabled: false, chart, display_name: "CTF".into(), ..limited("zulu") });
    world.platform.put_template(Template { visible: false, ..pool_template("alpha", 3) });
    world.platform.put_instance(pool_member("alpha", 0));
    world.platform.put_instance(instance("failed", "zulu", InstancePhase::Failed));
    world.platform.put_instance(instance("fresh", "alpha", InstancePhase::Pending));
    assert_json_snapshot!("instances", world.get("/api/admin/instances", &admin()).await.body);
    assert_json_snapshot!("templates", world.get("/api/admin/templates", &admin()).await.body);
}

#[rstest]
#[case(json!(true), 200)]
#[case(json!("true"), 200)]
#[case(json!(["x", "true"]), 200)]
#[case(json!(false), 403)]
#[case(json!("True"), 403)]
#[case(json!(["x"]), 403)]
#[case(json!(1), 403)]
#[case(json!({ "true": true }), 403)]
#[case(Value::Null, 403)]
#[tokio::test]
async fn s12_the_shape_of_the_admin_claim_decides(#[case] claim: Value, #[case] status: u16) {
    let token = bearer(&json!({ "name": "alice", "sub": "1", "is_admin": claim }));
    assert_eq!(world().get("/api/admin/templates", &token).await.status.as_u16(), status);
    let me = world().get("/api/me", &token).await;
    assert_eq!(me.body["admin"], json!(status == 200));
}
