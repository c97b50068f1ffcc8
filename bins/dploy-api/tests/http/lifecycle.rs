use super::*;

#[tokio::test]
async fn s28_extensions_move_the_end_until_the_last() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = person("alice");
    let run = world.post("/api/run/vscode", &alice, "").await;
    assert_eq!(run.body["expiresAt"], "2023-11-14T22:14:20Z");
    for end in ["2023-11-14T22:14:30Z", "2023-11-14T22:14:40Z"] {
        let extended = world.post("/api/run/vscode/extend", &alice, "").await;
        assert_eq!((extended.status, extended.body), (StatusCode::OK, json!({ "expiresAt": end })));
        assert_eq!(world.get("/api/run/vscode/status", &alice).await.body["expiresAt"], end);
    }
    let refused = world.post("/api/run/vscode/extend", &alice, "").await;
    assert_eq!(refused.told(), (409, "maximum extensions reached (2)"));
}

#[tokio::test]
async fn s28_unlimited_is_400_and_absent_404() {
    let world = world();
    let ttl = TtlSpec { seconds: Some(-1), ..TtlSpec::default() };
    world.platform.put_template(Template { ttl, ..template("vscode") });
    let alice = person("alice");
    let absent = world.post("/api/run/vscode/extend", &alice, "").await;
    assert_eq!(absent.told(), (404, "environment \"vscode\" not found"));
    assert_eq!(world.post("/api/run/vscode", &alice, "").await.body["expiresAt"], "");
    assert_eq!(world.post("/api/run/vscode/extend", &alice, "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn s29_a_release_is_204_and_then_everything_is_404() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    let alice = person("alice");
    world.post("/api/run/vscode", &alice, "").await;
    let released = world.delete("/api/run/vscode", &alice).await;
    assert_eq!((released.status, released.body), (StatusCode::NO_CONTENT, json!("")));
    for answer in [
        world.delete("/api/run/vscode", &alice).await,
        world.get("/api/run/vscode/status", &alice).await,
        world.post("/api/run/vscode/extend", &alice, "").await,
    ] {
        assert_eq!(answer.told(), (404, "environment \"vscode\" not found"));
    }
}

#[tokio::test]
async fn s27_another_owners_environment_is_not_found() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.post("/api/run/vscode", &person("alice"), "").await;
    let bob = person("bob");
    for answer in [
        world.get("/api/run/vscode/status", &bob).await,
        world.post("/api/run/vscode/extend", &bob, "").await,
        world.delete("/api/run/vscode", &bob).await,
    ] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.platform.all_claims().len(), 1);
}

#[tokio::test]
async fn before_its_start_the_end_moves_only_later() {
    let world = world();
    world.platform.put_template(limited("vscode"));
    world.platform.script(dploy_core::testing::Script::Wait);
    let alice = person("alice");
    let pending = world.post("/api/run/vscode", &alice, "").await;
    assert_eq!(pending.body["expiresAt"], "2023-11-14T22:14:20Z");
    world.clock.advance(30);
    world
        .platform
        .script(dploy_core::testing::Script::Decide(dploy_core::environments::instance::InstancePhase::Ready));
    let name = world.platform.all_claims()[0].meta.key.name.clone();
    world.platform.decide(&name);
    assert_eq!(world.get("/api/run/vscode/status", &alice).await.body["expiresAt"], "2023-11-14T22:14:50Z");
}
