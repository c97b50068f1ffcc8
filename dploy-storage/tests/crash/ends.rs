//! A process that ends at every effect that publishing and deploying has, right before it and right after it.

use std::time::Duration;

use dploy_core::releases::deployment::{Deployment, DeploymentState, Trigger};
use dploy_servers::{Error, GitRepository, required};
use tokio::time::{Instant, sleep};

use crate::{
    agreement::holds,
    child::{Role, Task, Word},
    hand::ByHand,
    site::Site,
    steps::{Stop, When},
};

/// What a human keeps beside the applications; the words must outlive every deployment.
const LIST: &str =
    "# By hand.\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- legacy # not ours\n";

/// Runs one release after the other on one installation; each ends one effect later than the one before, and a new
/// process takes over.
async fn at_every_effect(when: When) -> Result<(), Error> {
    let Some(remote) = required(GitRepository::start())? else { return Ok(()) };
    remote.seed("main", "By hand", [("environments/staging/apps/kustomization.yaml", LIST)])?;
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(&folder, &remote);
    let client = site.open().await;
    client.register("web").await;
    client.policy("web", "every", "production").await;
    let mut human = Vec::new();
    for at in 1.. {
        let version = format!("1.{at}.0");
        let role = Role::Release { app: "web".to_owned(), version: version.clone() };
        let task = Task { site: site.clone(), role, stop: Some(Stop { at, when }) };
        let (through, words) = task.run();
        human.push(ByHand::commit(&remote, &format!("notes/{at}.txt"), &version));
        let told = words.contains(&Word::Published { app: "web".to_owned(), version: version.clone() });
        if told {
            assert!(client.version("web", &version).await.published.is_some(), "{at}: it was told as published");
        }
        let (recovered, _) = Task { stop: None, ..task }.run();
        assert!(recovered);
        let deployments = client.deployments().await;
        let of_policy =
            |one: &&Deployment| one.version.as_str() == version && matches!(one.trigger, Trigger::Policy { .. });
        assert_eq!(deployments.iter().filter(of_policy).count(), 1, "{words:?}: one set of policy deployments");
        assert!(deployments.iter().all(|one| one.state.is_success()), "{words:?}: {deployments:#?}");
        holds(&client, &remote, &human).await;
        if through {
            assert!(at > 15, "only {at} effects");
            break;
        }
    }
    let list = remote.file("main", "environments/staging/apps/kustomization.yaml")?.unwrap();
    assert_eq!(String::from_utf8_lossy(&list), format!("{LIST}- web\n"));
    Ok(())
}

/// `git push` is a process of its own, which goes on when ours is killed.
#[tokio::test]
async fn s47_w16_a_push_that_outlives_its_process_is_found() -> Result<(), Error> {
    let Some(remote) = required(GitRepository::start())? else { return Ok(()) };
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(&folder, &remote);
    let client = site.open().await;
    client.register("web").await;
    remote.delay_pushes(Duration::from_secs(2))?;
    killed_in_its_push(&site, &remote, "1.0.0").await;
    client.settle().await;
    let [done] = &client.deployments().await[..] else { panic!("one deployment") };
    assert_eq!((done.state, done.attempts), (DeploymentState::Succeeded, 2), "{done:?}");
    holds(&client, &remote, &[]).await;
    Ok(())
}

/// How late a push is; no other test waits for so long.
const LATE: Duration = Duration::from_millis(9_625);

/// It goes on even when somebody has decided meanwhile what the branch is to hold, and that it holds that already.
#[tokio::test]
async fn s47_w16_a_push_that_outlives_its_process_changes_nothing_that_was_decided_meanwhile() -> Result<(), Error> {
    let Some(remote) = required(GitRepository::start())? else { return Ok(()) };
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(&folder, &remote);
    let client = site.open().await;
    client.register("web").await;
    client.deployed("web", "1.0.0").await;
    remote.delay_pushes(LATE)?;
    killed_in_its_push(&site, &remote, "2.0.0").await;
    // The hook of that push goes on; later ones have none.
    let start = Instant::now();
    while !is_running(&format!("sleep {}", LATE.as_secs_f64())) {
        assert!(start.elapsed() < Duration::from_secs(60), "the hook of the late push does not run");
        sleep(Duration::from_millis(5)).await;
    }
    remote.remove_hooks()?;
    let queued = client.deploy("web", "1.0.0", "staging").await.unwrap();
    client.settle().await;
    assert!(waits_in_a_hook(&remote), "all that was decided while the push was on its way");
    let [back, late, _] = &client.deployments().await[..] else { panic!("three deployments") };
    assert_eq!((&back.id, back.state), (&queued.id, DeploymentState::Unchanged), "{back:?}");
    assert_eq!((late.version.as_str(), late.state), ("2.0.0", DeploymentState::Superseded), "{late:?}");
    let start = Instant::now();
    while waits_in_a_hook(&remote) {
        assert!(start.elapsed() < Duration::from_secs(60), "the late push does not end");
        sleep(Duration::from_millis(20)).await;
    }
    // The reference would follow at once.
    sleep(Duration::from_millis(500)).await;
    holds(&client, &remote, &[]).await;
    let fences = remote.log("main")?.into_iter().filter(|commit| commit.trailer("Dploy-Fenced") == [&late.id]).count();
    assert_eq!(fences, 1);
    Ok(())
}

/// Another process deploys the version, and is killed when its push waits in a hook of the remote.
async fn killed_in_its_push(site: &Site, remote: &GitRepository, version: &str) {
    let role = Role::Release { app: "web".to_owned(), version: version.to_owned() };
    let mut process = Task { site: site.clone(), role, stop: None }.spawn();
    let start = Instant::now();
    while !waits_in_a_hook(remote) {
        assert!(start.elapsed() < Duration::from_secs(60) && process.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(5)).await;
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

/// Whether a process has these arguments.
fn is_running(arguments: &str) -> bool {
    let commands = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path().join("cmdline"));
    let mut lines = commands.filter_map(|path| std::fs::read(path).ok());
    lines.any(|line| String::from_utf8_lossy(&line).replace('\0', " ").trim_end() == arguments)
}

/// What is pushed waits in a folder of its own while a hook runs.
fn waits_in_a_hook(remote: &GitRepository) -> bool {
    let entries = std::fs::read_dir(remote.path().join("objects")).unwrap().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains("incoming"))
}

#[tokio::test]
async fn s31_s32_s47_w06_w16_a_process_that_ends_right_before_any_effect_loses_and_doubles_nothing() -> Result<(), Error>
{
    at_every_effect(When::Before).await
}

#[tokio::test]
async fn s31_s32_s47_w06_w16_a_process_that_ends_right_after_any_effect_loses_and_doubles_nothing() -> Result<(), Error>
{
    at_every_effect(When::After).await
}
