use crate::releases::{deployment::DeploymentState, name::AppName, service::tests::world::World};

use super::stand::Stand;

async fn beside(world: &World, app: &str) -> World {
    world.register(app).await.unwrap();
    world.beside(app)
}

#[tokio::test]
async fn s42_w03_a_refused_push_fails_with_the_reason_and_is_in_no_later_commit() {
    let stand = Stand::new().await;
    stand.git.refuse(Some("no deploys today"));
    let refused = stand.deployed("1.0.0").await;
    assert_eq!(refused.state, DeploymentState::Failed);
    assert!(refused.reason.unwrap().contains("no deploys today"));
    stand.git.refuse(None);
    let next = stand.deployed("2.0.0").await;
    assert_eq!(next.state, DeploymentState::Succeeded);
    assert!(stand.git.log("main").iter().all(|commit| !commit.message.contains("1.0.0")));
}

#[tokio::test]
async fn s48_only_the_culprit_of_a_refused_batch_fails() {
    let stand = Stand::new().await;
    let api = beside(&stand.world, "api").await;
    stand.world.published("1.0.0").await;
    api.published("1.0.0").await;
    stand.git.refuse_app(AppName::parse("web").ok().as_ref());
    let web = stand.world.deploy("1.0.0", "staging").await.unwrap();
    let other = api.deploy("1.0.0", "staging").await.unwrap();
    stand.settle().await;
    assert_eq!(stand.state(&web).await.state, DeploymentState::Failed);
    assert_eq!(stand.state(&other).await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn s43_s40_many_that_lose_the_race_together_are_pushed_in_parts() {
    let stand = Stand::new().await;
    let api = beside(&stand.world, "api").await;
    stand.world.published("1.0.0").await;
    api.published("1.0.0").await;
    let queued = [stand.world.deploy("1.0.0", "staging").await, api.deploy("1.0.0", "staging").await];
    stand.git.move_during(1);
    stand.settle().await;
    for one in queued {
        let done = stand.state(&one.unwrap()).await;
        assert_eq!((done.state, done.attempts), (DeploymentState::Succeeded, 1), "{:?}", done.reason);
    }
    assert_eq!(stand.git.pushes(), 3, "both, then each");
}

#[tokio::test]
async fn s44_an_unreachable_remote_ends_in_failed_and_later_deploys_succeed() {
    let stand = Stand::new().await;
    stand.git.set_unavailable(true);
    let failed = stand.deployed("1.0.0").await;
    assert_eq!((failed.state, failed.attempts), (DeploymentState::Failed, 3));
    stand.git.set_unavailable(false);
    assert_eq!(stand.deployed("2.0.0").await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn an_artifact_store_that_fails_for_a_while_costs_attempts_only() {
    let stand = Stand::new().await;
    stand.world.published("1.0.0").await;
    let queued = stand.world.deploy("1.0.0", "staging").await.unwrap();
    stand.world.artifacts.fail_next(2);
    stand.settle().await;
    let done = stand.state(&queued).await;
    assert_eq!((done.state, done.attempts), (DeploymentState::Succeeded, 3));
}

/// Its earlier push is looked for while the folders of others are stored, which keep the repository to themselves.
#[tokio::test]
async fn one_that_is_given_up_and_others_that_are_prepared_do_not_wait_for_one_another() {
    let stand = Stand::new().await;
    let (api, db) = (beside(&stand.world, "api").await, beside(&stand.world, "db").await);
    for world in [&api, &stand.world, &db] {
        world.published("1.0.0").await;
    }
    let first = api.deploy("1.0.0", "staging").await.unwrap();
    let doomed = stand.world.deploy("1.0.0", "staging").await.unwrap();
    stand.world.artifacts.fail_next(2);
    stand.worker.work(None).await.unwrap();
    assert_eq!((stand.state(&first).await.attempts, stand.state(&doomed).await.attempts), (1, 1));
    let last = db.deploy("1.0.0", "staging").await.unwrap();
    let (world, version) = (&stand.world, doomed.version.clone());
    world.releases.reject(&world.caller, &world.app, &version, Some("broken")).await.unwrap();
    stand.world.clock.advance(10);
    tokio::time::timeout(std::time::Duration::from_secs(10), stand.settle()).await.unwrap();
    assert_eq!(stand.state(&doomed).await.state, DeploymentState::Failed);
    for one in [first, last] {
        assert_eq!(stand.state(&one).await.state, DeploymentState::Succeeded);
    }
}

#[tokio::test]
async fn s55_a_version_that_was_rejected_while_it_waited_is_not_deployed() {
    let stand = Stand::new().await;
    stand.world.published("1.0.0").await;
    let queued = stand.world.deploy("1.0.0", "staging").await.unwrap();
    let (world, version) = (&stand.world, queued.version.clone());
    world.releases.reject(&world.caller, &world.app, &version, Some("broken")).await.unwrap();
    stand.settle().await;
    let failed = stand.state(&queued).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    assert!(failed.reason.unwrap().contains("broken"));
}
