use insta::assert_json_snapshot;

use super::*;

#[tokio::test]
async fn s13_the_catalog_is_public_and_lists_enabled_and_visible_templates_only() {
    let world = world();
    world.platform.put_template(Template { category: "dev,editor".into(), ..limited("vscode") });
    let unlimited = TtlSpec { seconds: Some(-1), ..TtlSpec::default() };
    world.platform.put_template(Template { ttl: unlimited, ..template("forever") });
    world.platform.put_template(Template { visible: false, ..template("hidden") });
    world.platform.put_template(Template { enabled: false, ..template("off") });
    let catalog = world.get("/api/environments/available", "").await;
    assert_eq!(catalog.status, StatusCode::OK);
    assert_json_snapshot!("catalog", catalog.body);
}

#[tokio::test]
async fn s14_what_is_switched_off_is_a_json_404_after_authentication() {
    let features = Features { catalog: false, instances: false, ..Features::default() };
    let world = world_with(Setup { features, ..Setup::default() });
    assert_eq!(world.get("/api/environments/available", "").await.told(), (404, "catalog disabled"));
    assert_eq!(world.get("/api/environments", "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get("/api/environments", &person("alice")).await.told(), (404, "instances list disabled"));
    let config = world.get("/api/ui-config", "").await;
    assert_eq!(config.body, json!({ "catalogEnabled": false, "instancesEnabled": false, "managerEnabled": true }));
}

#[tokio::test]
async fn s17_the_list_has_own_and_group_environments_and_marks_the_shared() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.platform.put_template(Template { owner_claim: Some("groups".into()), ..template("ctf") });
    let alice = member("alice", &["red"]);
    world.post("/api/run/vscode", &alice, "").await;
    world.post("/api/run/vscode", &person("bob"), "").await;
    world.post("/api/run/ctf", &member("carol", &["red"]), "").await;
    world.post("/api/run/vscode/extend", &alice, "").await;
    world.platform.remove_template("ctf");
    let ttl = TtlSpec { seconds: Some(-1), ..TtlSpec::default() };
    world.platform.put_template(Template { ttl, ..template("forever") });
    world.post("/api/run/forever", &alice, "").await;
    let listed = world.get("/api/environments", &alice).await;
    assert_json_snapshot!("environments", listed.body);
    let nobody = world.get("/api/environments", &person("red")).await;
    assert_eq!(nobody.body, json!({ "environments": [], "count": 0, "limit": 5 }), "a user named like the group");
}
