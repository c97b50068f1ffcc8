use crate::{
    error::{Classify, ErrorKind},
    releases::{
        access::{Action, Scope},
        application::AppRef,
        audit::{AuditFilter, Outcome},
        page::Page,
        service::{DeployRequest, DeploymentQuery, DraftRequest, NewKey},
    },
};

use super::world::{World, caller, origin, scope, target, version};

#[tokio::test]
async fn a_caller_may_do_what_the_scope_allows_and_is_told_what_is_missing() {
    let world = World::new().await;
    let ci = caller("key:ci", scope(Some(&["web"]), &[Action::Publish]));
    let draft = DraftRequest { version: version("1.0.0"), metadata: origin(), exact: None };
    assert!(world.releases.draft(&ci, &world.app, draft.clone()).await.is_ok());
    let request = DeployRequest { target: target("staging"), triggered_by: None };
    let error = world.releases.deploy(&ci, &world.app, &version("1.0.0"), request).await.unwrap_err();
    assert_eq!(error.to_string(), "this needs the permission `deploy` on application \"web\"");
    world.register("api").await.unwrap();
    let error = world.releases.draft(&ci, &AppRef::new("api"), draft).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "names of other applications are not told");
}

#[tokio::test]
async fn denied_attempts_are_in_the_audit_with_everything_that_was_done() {
    let world = World::new().await;
    let reader = caller("key:reader", scope(None, &[Action::Read]));
    let key = NewKey { name: "x".to_owned(), scope: Scope::all(), expires_at: None };
    assert_eq!(world.releases.create_key(&reader, key).await.unwrap_err().kind(), ErrorKind::Forbidden);
    world.published("1.0.0").await;
    let events = world.releases.audit(&world.caller, &AuditFilter::default(), Page::default()).await.unwrap();
    let told: Vec<_> =
        events.items.iter().map(|event| (event.actor.as_str(), event.action.as_str(), event.outcome)).collect();
    assert!(told.contains(&("key:reader", "key.create", Outcome::Denied)), "{told:?}");
    for action in ["application.register", "version.draft", "version.publish"] {
        assert!(told.contains(&("root", action, Outcome::Done)), "{action}: {told:?}");
    }
    assert_eq!(
        world.releases.audit(&reader, &AuditFilter::default(), Page::default()).await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}

#[tokio::test]
async fn lists_hold_what_the_caller_may_look_at() {
    let world = World::new().await;
    world.register("api").await.unwrap();
    world.published("1.0.0").await;
    let deployment = world.deploy("1.0.0", "staging").await.unwrap();
    let api = caller("key:api", scope(Some(&["api"]), &[Action::Read]));
    let apps = world.releases.applications(&api, None, Page::default()).await.unwrap();
    assert_eq!(apps.items.iter().map(|app| app.name.as_str()).collect::<Vec<_>>(), ["api"]);
    let deployments = world.releases.deployments(&api, DeploymentQuery::default(), Page::default()).await.unwrap();
    assert_eq!(deployments.total, 0);
    assert_eq!(world.releases.deployment(&api, &deployment.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    let nobody = caller("key:ci", scope(None, &[Action::Publish]));
    assert_eq!(
        world.releases.applications(&nobody, None, Page::default()).await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}
