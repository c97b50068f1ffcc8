//! Local clones that are in the way, damaged, or left by a killed process.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dploy_core::releases::{
    name::BranchName,
    ports::{Committed, GitOpsError, GitOpsRepository},
};

use crate::world::{APPS, World, change, deploy, store};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { files(&entry, found) } else { found.push(entry) }
    }
}

/// The files below that folder of the clone.
fn files_of(world: &World, folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&world.clone_path().join(folder), &mut found);
    found
}

/// Puts something else in their places; whoever has the old ones open can still read them.
fn damage(files: Vec<PathBuf>, bytes: &[u8]) {
    for file in files {
        fs::remove_file(&file).unwrap();
        fs::write(&file, bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w02_a_damaged_clone_is_thrown_away() {
    let Some(world) = World::start() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    damage(files_of(&world, "objects"), b"");
    deploy(&world.restarted(), "web", &[("a.yaml", "a: 2\n")], "2").await.unwrap();
    assert_eq!(world.remote.log("main").unwrap().len(), 3);
    world.remote.check().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn w02_a_stored_folder_survives_the_renewal_of_the_clone() {
    let Some(world) = World::start() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    let before = files_of(&world, "objects");
    let repository = world.restarted();
    let folder = store(&repository, &[("a.yaml", "a: 2\n"), ("sub/b.yaml", "b: 2\n")]).await.unwrap();
    damage(before, b"damaged");
    let done = repository.push(None, &[change("web", folder, "2")]).await.unwrap();
    assert!(matches!(done.as_slice(), [Committed::Commit(_)]), "{done:?}");
    world.remote.check().unwrap();
}

/// The clone has the one that waited for the push of another.
#[tokio::test(flavor = "multi_thread")]
async fn w02_a_stored_folder_survives_the_renewal_after_another_push() {
    let Some(world) = World::start() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    let before = files_of(&world, "objects");
    let folder = store(&world.repository, &[("a.yaml", "a: 2\n"), ("sub/b.yaml", "b: 2\n")]).await.unwrap();
    world.deploy("other", "a: 1\n", "2").await.unwrap();
    damage(before, b"damaged");
    world.remote.commit_by_hand("people.txt", "by hand\n").unwrap();
    let done = world.repository.push(None, &[change("web", folder, "3")]).await.unwrap();
    assert!(matches!(done.as_slice(), [Committed::Commit(_)]), "{done:?}");
    assert_eq!(world.text(&format!("{APPS}/web/sub/b.yaml")).as_deref(), Some("b: 2\n"));
    world.remote.check().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_wait_for_pushes_to_two_branches() {
    let Some(world) = World::start() else { return };
    let first = store(&world.repository, &[("a.yaml", "a: 1\n")]).await.unwrap();
    let second = store(&world.repository, &[("a.yaml", "a: 2\n")]).await.unwrap();
    let done = world.repository.push(None, &[change("web", first.clone(), "1")]).await.unwrap();
    assert!(matches!(done.as_slice(), [Committed::Commit(_)]), "{done:?}");
    let branch = BranchName::parse("other").unwrap();
    for (change, expected) in [(change("web", first, "2"), "a: 1\n"), (change("web", second, "3"), "a: 2\n")] {
        world.repository.push(Some(&branch), &[change]).await.unwrap();
        let tip = world.remote.tip("other").unwrap().unwrap();
        let text = world.remote.file(&tip, &format!("{APPS}/web/a.yaml")).unwrap();
        assert_eq!(text.as_deref(), Some(expected.as_bytes()));
    }
    world.remote.check().unwrap();
}

/// Git keeps a large one as a pack and guards that from its own upkeep.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_large_fetch_brought_is_packed_and_can_be_looked_after() {
    let Some(world) = World::start() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    let files = (0..200).map(|number| (format!("people/{number}.txt"), format!("{number}\n")));
    world.remote.seed("main", "By hand", files).unwrap();
    world.deploy("web", "a: 2\n", "2").await.unwrap();
    let kept = files_of(&world, "objects/pack");
    let ending = |end: &str| kept.iter().filter(|file| file.extension().is_some_and(|found| found == end)).count();
    assert_eq!((ending("pack"), ending("keep")), (3, 0), "that of each push, and the fetched one: {kept:?}");
    assert_eq!((world.below("people").len(), world.remote.log("main").unwrap().len()), (200, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_is_removed() {
    let Some(world) = World::start() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    let clone = world.clone_path();
    let left = [
        "refs/remotes/origin/main.lock",
        "packed-refs.lock",
        "config.lock",
        "objects/pack/tmp_pack_x",
        "objects/pack/pack-x.keep",
        "objects/tmp_objdir-incoming-x/a",
    ];
    for name in left {
        fs::create_dir_all(clone.join(name).parent().unwrap()).unwrap();
        fs::write(clone.join(name), b"half").unwrap();
    }
    world.remote.commit_by_hand("people.txt", "by hand\n").unwrap();
    deploy(&world.restarted(), "web", &[("a.yaml", "a: 2\n")], "2").await.unwrap();
    for name in left {
        assert!(!clone.join(name).exists(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_told_and_later_works() {
    let Some(world) = World::start() else { return };
    fs::write(&world.settings.folder, b"a file where the clones belong").unwrap();
    let error = world.deploy("web", "a: 1\n", "1").await.unwrap_err();
    assert!(matches!(error, GitOpsError::Clone(_)), "{error}");
    fs::remove_file(&world.settings.folder).unwrap();
    world.deploy("web", "a: 1\n", "1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_that_was_removed_is_made_again() {
    let Some(world) = World::start() else { return };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    fs::remove_dir_all(&world.settings.folder).unwrap();
    world.deploy("web", "a: 2\n", "2").await.unwrap();
    assert_eq!(world.remote.log("main").unwrap().len(), 3);
}
