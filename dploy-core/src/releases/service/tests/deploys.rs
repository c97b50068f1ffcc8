use crate::{
    error::{Classify, ErrorKind},
    releases::{
        deployment::{DeploymentState, Trigger},
        page::Page,
        ports::{Finish, Lease, LeaseRecords, QueueRecords},
        service::{Against, DeployRequest, DeploymentQuery, RollbackTo},
    },
};

use super::world::{World, target, version};

/// Brings everything that is queued to its end, as a worker does.
async fn settle(world: &World) {
    let lease = Lease { name: "test".to_owned(), holder: "test".to_owned() };
    assert!(world.records.acquire(&lease, std::time::Duration::from_secs(60)).await.unwrap());
    let unfinished = world.records.unfinished(&[target("staging"), target("production")], 100).await.unwrap();
    let at = crate::time::Clock::now(&*world.clock);
    for deployment in unfinished {
        let finish = Finish {
            id: deployment.id,
            state: DeploymentState::Succeeded,
            reason: None,
            commit: Some("c0ffee".to_owned()),
            not_before: None,
            at,
        };
        world.records.finish(&[finish], &lease).await.unwrap();
    }
    world.records.release(&lease).await.unwrap();
}

async fn held(world: &World, name: &str) -> Option<String> {
    let view = world.releases.application(&world.caller, &world.app).await.unwrap();
    view.targets.into_iter().find(|stands| stands.target.as_str() == name)?.hold.map(|hold| hold.reason)
}

#[tokio::test]
async fn s33_only_published_versions_go_to_declared_targets() {
    let world = World::new().await;
    world.draft("1.0.0", |_| {}).await.unwrap();
    let error = world.deploy("1.0.0", "staging").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "invalid_status"), "{error}");
    assert_eq!(world.deploy("9.9.9", "staging").await.unwrap_err().kind(), ErrorKind::NotFound);
    let error = world.deploy("1.0.0", "qa").await.unwrap_err();
    assert!(error.to_string().contains("production, staging"), "{error}");
}

#[tokio::test]
async fn s34_a_deploy_is_queued_at_once() {
    let world = World::new().await;
    world.published("1.0.0").await;
    let queued = world.deploy("1.0.0", "staging").await.unwrap();
    assert_eq!(
        (queued.state, &queued.trigger, queued.actor.as_str()),
        (DeploymentState::Queued, &Trigger::Manual, "root")
    );
    assert_eq!(world.releases.deployment(&world.caller, &queued.id).await.unwrap(), queued);
}

#[tokio::test]
async fn s55_after_a_rollback_policies_leave_the_target_alone_until_it_is_resumed() {
    let world = World::new().await;
    world.policy("main", "main", "staging").await.unwrap();
    world.published("1.0.0").await;
    settle(&world).await;
    world.published("2.0.0").await;
    settle(&world).await;
    let back = world.deploy("1.0.0", "staging").await.unwrap();
    assert_eq!(back.trigger, Trigger::Rollback, "an earlier version than the one that runs");
    assert_eq!(held(&world, "staging").await.unwrap(), "rolled back to 1.0.0");
    settle(&world).await;
    let third = world.published("3.0.0").await;
    assert_eq!((third.deployments.len(), third.held.len()), (0, 1));
    world.releases.resume(&world.caller, &world.app, &target("staging")).await.unwrap();
    assert_eq!(world.published("4.0.0").await.deployments.len(), 1);
}

#[tokio::test]
async fn s55_a_newer_manual_deploy_lifts_the_hold_and_the_same_version_keeps_it() {
    let world = World::new().await;
    for id in ["1.0.0", "2.0.0", "3.0.0"] {
        world.published(id).await;
    }
    for id in ["2.0.0", "1.0.0"] {
        world.deploy(id, "staging").await.unwrap();
        settle(&world).await;
    }
    world.deploy("1.0.0", "staging").await.unwrap();
    assert!(held(&world, "staging").await.is_some(), "the same version again is no way forward");
    settle(&world).await;
    world.deploy("3.0.0", "staging").await.unwrap();
    assert_eq!(held(&world, "staging").await, None);
}

#[tokio::test]
async fn s64_a_rollback_goes_to_what_ran_before() {
    let world = World::new().await;
    let request = || DeployRequest { target: target("staging"), triggered_by: Some("ada".to_owned()) };
    let nothing = world.releases.rollback(&world.caller, &world.app, RollbackTo::Previous, request()).await;
    assert_eq!(nothing.unwrap_err().kind(), ErrorKind::Conflict);
    for id in ["1.0.0", "2.0.0"] {
        world.published(id).await;
        world.deploy(id, "staging").await.unwrap();
        settle(&world).await;
    }
    let back = world.releases.rollback(&world.caller, &world.app, RollbackTo::Previous, request()).await.unwrap();
    assert_eq!((back.version.as_str(), back.replaces), ("1.0.0", Some(version("2.0.0"))));
    assert_eq!(back.triggered_by.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_promotion_deploys_what_the_other_target_runs() {
    let world = World::new().await;
    world.published("1.0.0").await;
    world.published("2.0.0").await;
    let request = || DeployRequest { target: target("production"), triggered_by: None };
    let nothing = world.releases.promote(&world.caller, &world.app, &target("staging"), request()).await;
    assert_eq!(nothing.unwrap_err().kind(), ErrorKind::Conflict);
    world.deploy("1.0.0", "staging").await.unwrap();
    settle(&world).await;
    let promoted = world.releases.promote(&world.caller, &world.app, &target("staging"), request()).await.unwrap();
    assert_eq!((promoted.version.as_str(), promoted.target.as_str()), ("1.0.0", "production"));
}

#[tokio::test]
async fn a_rejected_version_is_not_deployed_until_it_is_accepted_again() {
    let world = World::new().await;
    world.published("1.0.0").await;
    let reject = |reason| world.releases.reject(&world.caller, &world.app, &VERSION, reason);
    static VERSION: std::sync::LazyLock<crate::releases::name::VersionId> =
        std::sync::LazyLock::new(|| version("1.0.0"));
    reject(Some("it loses data")).await.unwrap();
    let error = world.deploy("1.0.0", "staging").await.unwrap_err();
    assert!(error.code() == "invalid_status" && error.to_string().contains("it loses data"), "{error}");
    reject(None).await.unwrap();
    assert!(world.deploy("1.0.0", "staging").await.is_ok());
}

#[tokio::test]
async fn a_full_queue_refuses_and_says_how_much_it_holds() {
    let world = World::new().await;
    world.published("1.0.0").await;
    for _ in 0..20 {
        world.deploy("1.0.0", "staging").await.unwrap();
    }
    let error = world.deploy("1.0.0", "staging").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Exhausted, "queue_full"), "{error}");
}

#[tokio::test]
async fn s57_s58_deployments_are_listed_and_a_version_says_where_it_runs_now() {
    let world = World::new().await;
    for id in ["1.0.0", "2.0.0"] {
        world.published(id).await;
        world.deploy(id, "staging").await.unwrap();
        settle(&world).await;
    }
    let versions = world.releases.versions(&world.caller, &world.app, None, Page::default()).await.unwrap();
    let places: Vec<_> =
        versions.items.iter().map(|view| (view.version.version.as_str(), view.deployed_to.len())).collect();
    assert_eq!(places, [("2.0.0", 1), ("1.0.0", 0)]);
    let query = DeploymentQuery { target: Some(target("staging")), ..DeploymentQuery::default() };
    let deployments = world.releases.deployments(&world.caller, query, Page::default()).await.unwrap();
    assert_eq!(deployments.items.iter().map(|one| one.version.as_str()).collect::<Vec<_>>(), ["2.0.0", "1.0.0"]);
    let query = DeploymentQuery { target: Some(target("production")), ..DeploymentQuery::default() };
    assert_eq!(world.releases.deployments(&world.caller, query, Page::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_version_is_compared_with_another_and_with_what_runs() {
    let world = World::new().await;
    for id in ["1.0.0", "2.0.0"] {
        world.published(id).await;
    }
    let diff = async |from| world.releases.diff(&world.caller, &world.app, &from, &version("2.0.0")).await.unwrap();
    let nothing_runs = diff(Against::Target(target("staging"))).await;
    assert_eq!(nothing_runs.len(), 1, "everything is new");
    world.deploy("1.0.0", "staging").await.unwrap();
    settle(&world).await;
    let changes = diff(Against::Target(target("staging"))).await;
    assert!(changes[0].text.contains("1.0.0") && changes[0].text.contains("2.0.0"), "{}", changes[0].text);
    assert_eq!(diff(Against::Version(version("1.0.0"))).await, changes);
    assert!(diff(Against::Version(version("2.0.0"))).await.is_empty());
}
