//! A git remote that refuses, loses answers, is gone or hangs.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use dploy_core::releases::deployment::{Deployment, DeploymentState};
use dploy_servers::Error;

use super::Stand;
use crate::{
    child::{Role, Task, Word},
    site::Site,
    steps::{Stop, When},
};

/// It failed after that many attempts, and says why.
fn failed(deployment: &Deployment, attempts: u32, why: &str) {
    assert_eq!((deployment.state, deployment.attempts), (DeploymentState::Failed, attempts), "{deployment:?}");
    assert!(deployment.reason.as_ref().unwrap().contains(why), "{deployment:?}");
}

#[tokio::test]
async fn s42_w03_a_refused_push_is_final_at_once_and_in_no_later_commit() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    stand.remote.refuse_pushes("not on Fridays")?;
    failed(&stand.client.deployed("web", "1.0.0").await, 1, "not on Fridays");
    stand.remote.remove_hooks()?;
    stand.goes_on().await;
    Ok(())
}

#[tokio::test]
async fn s42_s48_of_many_in_one_push_only_the_refused_one_fails() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    stand.remote.refuse_pushes_touching("environments/staging/apps/bad", "frozen")?;
    let mut queued = Vec::new();
    for app in ["api", "bad", "shop"] {
        stand.client.register(app).await;
        stand.client.published(app, "1.0.0").await.unwrap();
        queued.push(stand.client.deploy(app, "1.0.0", "staging").await.unwrap());
    }
    stand.client.settle().await;
    for one in &queued {
        let one = stand.client.deployment(one).await;
        match one.app.as_str() {
            "bad" => failed(&one, 1, "frozen"),
            _ => assert_eq!(one.state, DeploymentState::Succeeded, "{one:?}"),
        }
    }
    stand.remote.remove_hooks()?;
    stand.goes_on().await;
    Ok(())
}

#[tokio::test]
async fn s44_a_remote_that_is_gone_is_tried_three_times() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    let (here, away) = (stand.remote.path(), stand.remote.path().with_extension("away"));
    fs::rename(&here, &away).unwrap();
    failed(&stand.client.deployed("web", "1.0.0").await, 3, "not reachable");
    fs::rename(&away, &here).unwrap();
    stand.goes_on().await;
    Ok(())
}

#[tokio::test]
async fn s44_a_remote_that_hangs_is_given_up_in_bounded_time() -> Result<(), Error> {
    let Some(stand) = Stand::new(|site| site.git_timeout = 1_500).await? else { return Ok(()) };
    stand.remote.delay_pushes(Duration::from_secs(600))?;
    failed(&stand.client.deployed("web", "1.0.0").await, 3, "no answer within");
    stand.remote.remove_hooks()?;
    stand.goes_on().await;
    Ok(())
}

#[tokio::test]
async fn s47_a_push_whose_answer_is_lost_is_on_the_branch_once() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    stand.remote.lose_next_answers(1)?;
    let done = stand.client.deployed("web", "1.0.0").await;
    assert_eq!(done.state, DeploymentState::Succeeded, "{done:?}");
    stand.remote.remove_hooks()?;
    stand.goes_on().await;
    Ok(())
}

/// The remote takes a push, and is gone before it answers; what it says of itself then is nothing.
#[tokio::test]
async fn s44_s47_a_push_that_arrived_before_the_remote_went_away_has_succeeded() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    let (here, away) = (stand.remote.path(), stand.remote.path().with_extension("away"));
    let hook = here.join("hooks/reference-transaction");
    let (from, to) = (here.display(), away.display());
    let script = format!("[ \"$1\" = committed ] || exit 0\nrm \"$0\"\nmv '{from}' '{to}'\nkill -9 \"$PPID\"\n");
    fs::create_dir_all(here.join("hooks")).unwrap();
    fs::write(&hook, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    stand.client.published("web", "1.0.0").await.unwrap();
    let queued = stand.client.deploy("web", "1.0.0", "staging").await.unwrap();
    for _ in 0..20 {
        stand.client.pass().await.unwrap();
    }
    let doubt = stand.client.deployment(&queued).await;
    assert_eq!((doubt.state, doubt.attempts), (DeploymentState::Running, 1), "{doubt:?}");
    assert!(doubt.reason.as_ref().unwrap().contains("not reachable"), "{doubt:?}");
    fs::rename(&away, &here).unwrap();
    stand.client.settle().await;
    let done = stand.client.deployment(&queued).await;
    assert_eq!((done.state, done.attempts, done.reason), (DeploymentState::Succeeded, 1, None));
    stand.goes_on().await;
    Ok(())
}

/// A replica that takes over, or a folder that was cleared: the first thing that is asked of a new clone is what became
/// of a deployment.
#[tokio::test]
async fn s47_w22_a_clone_that_is_lost_is_no_reason_to_fail() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    let takes_over = |number| Site { lease: 1_500, ..stand.site.on(&format!("machine-{number}")) };
    // Interrupted before the push, and after it.
    for (number, (at, name, attempts)) in [(8, "start", 2), (12, "push", 1)].into_iter().enumerate() {
        let version = format!("{}.0.0", number + 1);
        let role = Role::Release { app: "web".to_owned(), version: version.clone() };
        let (through, words) =
            Task { site: takes_over(2 * number), role, stop: Some(Stop { at, when: When::After }) }.run();
        assert!(!through && words.contains(&Word::Last(name.to_owned())), "{words:?}");
        let other = takes_over(2 * number + 1).open().await;
        other.settle().await;
        let done = &other.deployments().await[0];
        assert_eq!((done.version.as_str(), done.state), (version.as_str(), DeploymentState::Succeeded), "{done:?}");
        assert_eq!(done.attempts, attempts, "{done:?}");
    }
    stand.goes_on().await;
    Ok(())
}
