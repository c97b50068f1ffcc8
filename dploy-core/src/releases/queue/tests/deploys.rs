use futures::future::join;

use crate::{
    artifact::ArtifactStore,
    releases::{deployment::DeploymentState, service::tests::world::World},
    testing::{MemoryArtifacts, PlainArchives},
};

use super::stand::{Stand, settle, worker};

const FOLDER: &str = "environments/staging/apps/web";

#[tokio::test]
async fn s34_a_deployment_reaches_its_folder_and_says_which_commit() {
    let stand = Stand::new().await;
    let done = stand.deployed("1.0.0").await;
    assert_eq!((done.state, done.attempts), (DeploymentState::Succeeded, 1));
    assert!(stand.file(&format!("{FOLDER}/web.yaml")).unwrap().contains("1.0.0"));
    assert!(stand.file(&format!("{FOLDER}/kustomization.yaml")).unwrap().contains("- web.yaml"));
    let log = stand.git.log("main");
    assert_eq!(log.iter().filter(|commit| Some(&commit.id) == done.commit.as_ref()).count(), 1);
    let view = stand.world.releases.application(&stand.world.caller, &stand.world.app).await.unwrap();
    let current = view.targets[0].current.clone().unwrap();
    assert_eq!((current.version.as_str(), current.commit), ("1.0.0", done.commit));
}

#[tokio::test]
async fn s37_w05_the_same_version_again_is_unchanged_and_keeps_its_commit() {
    let stand = Stand::new().await;
    let first = stand.deployed("1.0.0").await;
    stand.git.commit_by_hand("main", "README.md", Some(b"by hand"));
    let commits = stand.git.log("main").len();
    let again = stand.world.deploy("1.0.0", "staging").await.unwrap();
    stand.settle().await;
    let again = stand.state(&again).await;
    assert_eq!((again.state, again.commit), (DeploymentState::Unchanged, first.commit));
    assert_eq!(stand.git.log("main").len(), commits);
}

#[tokio::test]
async fn s40_deployments_of_many_applications_go_in_one_push_with_one_commit_each() {
    let stand = Stand::new().await;
    for number in 0..15 {
        let name = format!("app-{number}");
        stand.world.register(&name).await.unwrap();
        let app = World::beside(&stand.world, &name);
        app.published("1.0.0").await;
        app.deploy("1.0.0", "staging").await.unwrap();
    }
    stand.settle().await;
    assert_eq!((stand.git.pushes(), stand.git.log("main").len()), (1, 15));
    let files = stand.git.files("main");
    for number in 0..15 {
        assert!(files.contains_key(&format!("environments/staging/apps/app-{number}/web.yaml")), "{number}");
    }
}

#[tokio::test]
async fn a_queued_deployment_is_superseded_by_a_later_one() {
    let stand = Stand::new().await;
    stand.world.published("1.0.0").await;
    stand.world.published("2.0.0").await;
    let first = stand.world.deploy("1.0.0", "staging").await.unwrap();
    let second = stand.world.deploy("2.0.0", "staging").await.unwrap();
    stand.settle().await;
    assert_eq!(stand.state(&first).await.state, DeploymentState::Superseded);
    assert_eq!(stand.state(&second).await.state, DeploymentState::Succeeded);
    assert_eq!(stand.git.log("main").iter().filter(|commit| commit.message.contains("1.0.0")).count(), 0);
}

#[tokio::test]
async fn two_replicas_do_no_work_twice() {
    let stand = Stand::new().await;
    let other = worker(&stand.world, &stand.git, "two");
    stand.world.published("1.0.0").await;
    stand.world.deploy("1.0.0", "staging").await.unwrap();
    join(settle(&stand.world, &stand.worker), settle(&stand.world, &other)).await;
    assert_eq!(stand.git.pushes(), 1);
}

#[tokio::test]
async fn s29_bytes_that_were_exchanged_are_not_deployed() {
    let stand = Stand::new().await;
    stand.world.published("1.0.0").await;
    exchange(&stand.world.artifacts).await;
    let queued = stand.world.deploy("1.0.0", "staging").await.unwrap();
    stand.settle().await;
    let failed = stand.state(&queued).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    assert!(failed.reason.unwrap().contains("integrity"));
    assert_eq!(stand.git.pushes(), 0);
}

async fn exchange(artifacts: &MemoryArtifacts) {
    for key in artifacts.keys() {
        artifacts.put(&key, PlainArchives::pack(&[("web.yaml", "evil: true\n")])).await.unwrap();
    }
}
