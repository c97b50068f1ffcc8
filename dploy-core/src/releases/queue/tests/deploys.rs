use futures::future::join;

use crate::{
    artifact::ArtifactStore,
    error::{Classify, ErrorKind},
    releases::{
        deployment::DeploymentState,
        service::{
            DeployRequest,
            tests::world::{World, target},
        },
    },
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

#[tokio::test]
async fn a_removal_leaves_nothing_and_policies_do_not_bring_it_back() {
    let stand = Stand::new().await;
    let world = &stand.world;
    world.policy("main", "main", "staging").await.unwrap();
    stand.deployed("1.0.0").await;
    let request = DeployRequest { target: target("staging"), triggered_by: None };
    let queued = world.releases.remove(&world.caller, &world.app, request.clone()).await.unwrap();
    stand.settle().await;
    let removed = stand.state(&queued).await;
    assert_eq!((removed.state, removed.version.as_str()), (DeploymentState::Succeeded, "1.0.0"));
    let files = stand.git.files("main");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["environments/staging/apps/kustomization.yaml"]);
    let view = world.releases.application(&world.caller, &world.app).await.unwrap();
    let [stands] = &view.targets[..] else { panic!("{view:?}") };
    assert_eq!((&stands.current, stands.hold.as_ref().unwrap().reason.as_str()), (&None, "removed from staging"));
    assert_eq!(world.published("2.0.0").await.held.len(), 1);
    let again = world.releases.remove(&world.caller, &world.app, request).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict, "{again}");
    world.deploy("2.0.0", "staging").await.unwrap();
    stand.settle().await;
    assert!(stand.file(&format!("{FOLDER}/web.yaml")).unwrap().contains("2.0.0"));
    let list = stand.file("environments/staging/apps/kustomization.yaml").unwrap();
    assert!(list.ends_with("resources: [web]\n"), "{list}");
}

#[tokio::test]
async fn what_somebody_removed_by_hand_is_removed_without_a_commit() {
    let stand = Stand::new().await;
    stand.deployed("1.0.0").await;
    for file in ["web.yaml", "kustomization.yaml"] {
        stand.git.commit_by_hand("main", &format!("{FOLDER}/{file}"), None);
    }
    let tip = stand.git.commit_by_hand("main", "environments/staging/apps/kustomization.yaml", None);
    let request = DeployRequest { target: target("staging"), triggered_by: None };
    let queued = stand.world.releases.remove(&stand.world.caller, &stand.world.app, request).await.unwrap();
    stand.settle().await;
    let removed = stand.state(&queued).await;
    assert_eq!((removed.state, removed.commit), (DeploymentState::Unchanged, Some(tip)));
}

#[tokio::test]
async fn a_rejected_version_can_be_removed() {
    let stand = Stand::new().await;
    let world = &stand.world;
    let running = stand.deployed("1.0.0").await;
    world.releases.reject(&world.caller, &world.app, &running.version, Some("broken")).await.unwrap();
    let request = DeployRequest { target: target("staging"), triggered_by: None };
    let queued = world.releases.remove(&world.caller, &world.app, request).await.unwrap();
    stand.settle().await;
    assert_eq!(stand.state(&queued).await.state, DeploymentState::Succeeded);
}
