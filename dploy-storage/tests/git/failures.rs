//! Remotes that refuse, hang, or are gone.

use std::time::{Duration, Instant};

use dploy_core::releases::ports::{Committed, GitOpsError, GitOpsRepository};
use dploy_servers::{GitHttps, GitRepository as Remote};
use dploy_storage::git::Token;

use crate::world::{APPS, World, processes_with};

#[tokio::test(flavor = "multi_thread")]
async fn s42_w03_a_rejected_push_leaks_into_no_later_commit() {
    let Some(world) = World::start() else { return };
    world.remote.refuse_next_pushes(1, "not on Fridays").unwrap();
    let error = world.deploy("web", "secret: 1\n", "1").await.unwrap_err();
    assert!(matches!(&error, GitOpsError::Refused(text) if text.contains("not on Fridays")), "{error}");
    world.remote.commit_by_hand("people.txt", "by hand\n").unwrap();
    world.deploy("api", "a: 1\n", "2").await.unwrap();
    assert_eq!(world.remote.log("main").unwrap().len(), 3);
    assert_eq!(world.below(&format!("{APPS}/web")), Vec::<String>::new());
    assert!(matches!(world.deploy("web", "a: 1\n", "3").await.unwrap(), Committed::Commit(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn s42_a_refusal_is_told_in_at_most_500_characters_of_one_line() {
    let Some(world) = World::start() else { return };
    world.remote.refuse_pushes(&"no \u{1b}[31m way ".repeat(400)).unwrap();
    let error = world.deploy("web", "a: 1\n", "1").await.unwrap_err();
    let GitOpsError::Refused(text) = error else { panic!("{error}") };
    assert!(text.chars().count() <= 500 && !text.contains(char::is_control) && text.starts_with("no"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s44_a_remote_that_is_gone_is_told_and_a_retry_after_recovery_succeeds() {
    let Some(world) = World::start() else { return };
    let away = world.remote.path().with_extension("away");
    std::fs::rename(world.remote.path(), &away).unwrap();
    let error = world.deploy("web", "a: 1\n", "1").await.unwrap_err();
    assert!(matches!(error, GitOpsError::Unavailable(_)), "{error}");
    assert!(matches!(world.repository.ready().await, Err(GitOpsError::Unavailable(_))));
    std::fs::rename(&away, world.remote.path()).unwrap();
    world.repository.ready().await.unwrap();
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    assert_eq!(world.remote.log("main").unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn s44_a_remote_that_hangs_ends_at_the_deadline_and_leaves_no_process() {
    let Some(remote) = dploy_servers::required(Remote::start()).unwrap() else { return };
    let Some(server) = dploy_servers::required(GitHttps::start()).unwrap() else { return };
    let address = server.url(&remote);
    let world = World::on(remote, |settings| {
        settings.url = dploy_core::releases::target::RepositoryUrl::parse(&address).unwrap();
        settings.access.token = Some(Token::new(server.user(), server.token()));
        settings.access.ca_file = Some(server.ca_file());
        settings.timeout = Duration::from_secs(2);
    });
    server.faults().hang(true);
    let started = Instant::now();
    let error = world.deploy("web", "a: 1\n", "1").await.unwrap_err();
    assert!(matches!(error, GitOpsError::Unavailable(_)), "{error}");
    assert!(started.elapsed() >= Duration::from_secs(2), "it was given its time");
    assert_eq!(processes_with(&world.settings.folder.display().to_string()), Vec::<String>::new());
    server.faults().clear();
    world.deploy("web", "a: 1\n", "1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s47_a_push_whose_answer_is_lost_is_looked_for() {
    let Some(world) = World::start() else { return };
    world.remote.lose_next_answers(1).unwrap();
    let Committed::Commit(id) = world.deploy("web", "a: 1\n", "1").await.unwrap() else { panic!("a commit") };
    let log = world.remote.log("main").unwrap();
    assert_eq!((log.len(), &log[0].id), (2, &id));
}

#[tokio::test(flavor = "multi_thread")]
async fn s44_a_push_that_hangs_in_a_hook_ends_at_the_deadline() {
    let Some(remote) = dploy_servers::required(Remote::start()).unwrap() else { return };
    let world = World::on(remote, |settings| settings.timeout = Duration::from_secs(1));
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    world.remote.delay_pushes(Duration::from_secs(60)).unwrap();
    let error = world.deploy("web", "a: 2\n", "2").await.unwrap_err();
    assert!(matches!(error, GitOpsError::Unavailable(_)), "{error}");
    assert_eq!(processes_with(&world.settings.folder.display().to_string()), Vec::<String>::new());
    world.remote.remove_hooks().unwrap();
    assert!(matches!(world.deploy("web", "a: 2\n", "2").await.unwrap(), Committed::Commit(_)));
}
