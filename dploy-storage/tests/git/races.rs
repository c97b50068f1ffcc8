//! Others commit meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use dploy_core::releases::ports::{Committed, GitOpsRepository};

use crate::world::{APPS, World, change, deploy, store};

/// Commits by hand every 100 ms until told to stop; returns the paths.
fn by_hand(
    world: &Arc<World>,
    stop: &Arc<AtomicBool>,
    count: &Arc<AtomicUsize>,
) -> std::thread::JoinHandle<Vec<String>> {
    let (world, stop, count) = (Arc::clone(world), Arc::clone(stop), Arc::clone(count));
    std::thread::spawn(move || {
        let mut paths = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            let path = format!("people/{}.txt", paths.len());
            world.remote.commit_by_hand(&path, "by hand\n").unwrap();
            paths.push(path);
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(100));
        }
        paths
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn s41_s43_w01_w02_deployments_and_people_commit_to_one_branch() {
    let Some(world) = World::start() else { return };
    let (world, stop) = (Arc::new(world), Arc::new(AtomicBool::new(false)));
    let count = Arc::new(AtomicUsize::new(0));
    let people = by_hand(&world, &stop, &count);
    let mut commits = Vec::new();
    for round in 0..100 {
        if round >= 20 && count.load(Ordering::SeqCst) >= 5 {
            break;
        }
        let mut changes = Vec::new();
        for app in 0..5 {
            let folder = store(&world.repository, &[("a.yaml", &format!("a: {round}\n"))]).await.unwrap();
            changes.push(change(&format!("app-{app}"), folder, &format!("{round}-{app}")));
        }
        commits.extend(world.repository.push(None, &changes).await.unwrap());
        // A person's pull and push take longer than ours, on a busy machine by much.
        tokio::time::sleep(Duration::from_millis(150 + 10 * round)).await;
    }
    stop.store(true, Ordering::SeqCst);
    let paths = people.join().unwrap();
    assert!(paths.len() >= 5, "people did commit meanwhile: {}", paths.len());
    let log = world.remote.log("main").unwrap();
    assert_eq!(log.len(), 1 + paths.len() + commits.len(), "no commit is lost");
    assert!(paths.iter().all(|path| world.text(path).is_some()), "no file of people is lost");
    for commit in commits {
        let Committed::Commit(id) = commit else { panic!("each deployment changes something") };
        let found = log.iter().find(|entry| entry.id == id).expect("the commit is on the branch");
        let app = found.subject().split(' ').nth(1).unwrap();
        let own = |path: &String| path.starts_with(&format!("{APPS}/{app}/"));
        let list = |path: &String| *path == format!("{APPS}/kustomization.yaml");
        let changes = world.remote.changes(&id).unwrap();
        assert!(changes.iter().all(|path| own(path) || list(path)), "{changes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s40_w01_two_processes_on_two_clones_lose_nothing() {
    let Some(world) = World::start() else { return };
    let other =
        World::on(dploy_servers::GitRepository::empty().unwrap(), |settings| settings.url = world.settings.url.clone());
    let run = |repository: dploy_storage::git::GitRepository, name: &'static str| async move {
        for at in 0..10 {
            deploy(&repository, &format!("{name}-{at}"), &[("a.yaml", "a: 1\n")], &format!("{name}-{at}"))
                .await
                .unwrap();
        }
    };
    let one = tokio::spawn(run(world.repository.clone(), "one"));
    let two = tokio::spawn(run(other.repository.clone(), "two"));
    one.await.unwrap();
    two.await.unwrap();
    assert_eq!(world.remote.log("main").unwrap().len(), 21);
    let list = world.text(&format!("{APPS}/kustomization.yaml")).unwrap();
    assert_eq!(list.lines().filter(|line| line.starts_with("- ")).count(), 20, "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_clone_is_shared_by_processes() {
    let Some(world) = World::start() else { return };
    let (one, two) = (world.repository.clone(), world.restarted());
    for at in 0..5 {
        let (a, b) = (format!("a-{at}"), format!("b-{at}"));
        let files = [("a.yaml", "a: 1\n")];
        let done = tokio::join!(deploy(&one, &a, &files, &a), deploy(&two, &b, &files, &b));
        done.0.unwrap();
        done.1.unwrap();
    }
    assert_eq!(world.remote.log("main").unwrap().len(), 11);
}
