//! A process that is killed while it pushes.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use dploy_core::{
    releases::{
        ports::{Committed, GitOpsRepository},
        target::RepositoryUrl,
    },
    time::Timestamp,
};
use dploy_storage::git::{GitRepositories, GitSettings};

use crate::world::{APPS, World, deploy};

const URL: &str = "DPLOY_TEST_CRASH_URL";
const FOLDER: &str = "DPLOY_TEST_CRASH_FOLDER";

/// Run by the test below in a process of its own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a part of s47_a_process_that_is_killed_while_it_pushes_heals"]
async fn the_process_that_is_killed() {
    let settings =
        GitSettings::new(RepositoryUrl::parse(&std::env::var(URL).unwrap()).unwrap(), std::env::var(FOLDER).unwrap());
    let repository = GitRepositories::new(settings).unwrap().repository(None);
    deploy(&repository, "web", &[("a.yaml", "a: 1\n")], "crash-1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s47_a_process_that_is_killed_while_it_pushes_heals() {
    for delay in [0, 40, 120, 400, 900] {
        let Some(world) = World::start() else { return };
        world.remote.delay_pushes(Duration::from_millis(300)).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "crash::the_process_that_is_killed"])
            .env(URL, world.remote.url())
            .env(FOLDER, &world.settings.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        heals(&world).await;
    }
}

/// What a worker does after a start: looks for the deployment, and carries it out unless it is there.
async fn heals(world: &World) {
    let repository = world.restarted();
    let wanted = ["crash-1".to_owned()].into();
    let found = repository.find(None, &wanted, Timestamp::from_unix_seconds(0)).await.unwrap();
    let done = deploy(&repository, "web", &[("a.yaml", "a: 1\n")], "crash-1").await.unwrap();
    if let (Some(id), Committed::Unchanged(tip)) = (found.get("crash-1"), &done) {
        assert_eq!(id, tip);
    }
    let log = world.remote.log("main").unwrap();
    let carried = log.iter().filter(|commit| commit.trailer("Dploy-Deployment") == ["crash-1"]).count();
    assert_eq!((carried, log.len()), (1, 2), "it is carried out once");
    assert_eq!(world.text(&format!("{APPS}/web/a.yaml")).as_deref(), Some("a: 1\n"));
    world.remote.check().unwrap();
}
