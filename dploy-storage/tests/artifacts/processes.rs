//! A folder that several processes use, and some of them end at any time.
#![allow(clippy::print_stdout, reason = "a child talks to its parent")]

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use dploy_core::{
    artifact::{ArtifactError, ArtifactStore, Upload, UploadSigner},
    testing::FixedClock,
};
use dploy_storage::object::folder::FolderArtifacts;
use futures::TryStreamExt as _;

use crate::{
    bytes, key,
    uploads::World,
    world::{Drawn, wall_clock},
};

/// Tells a child which folder is meant.
const FOLDER: &str = "DPLOY_TEST_FOLDER";
/// Tells a child which of several it is.
const NUMBER: &str = "DPLOY_TEST_NUMBER";
/// How many bytes an artifact of these tests has.
const SIZE: usize = 256 * 1024;
/// How often the writer is killed.
const KILLS: u64 = 12;
/// How many artifacts each of two processes writes.
const WRITES: usize = 60;

/// This test once more, in a process of its own, where [`given`] tells it to play the child.
fn child(program: &[&str], test: &str, folder: &Path, number: u8) -> Command {
    let this = env::current_exe().unwrap();
    let mut words = program.iter().map(|word| (*word).into()).chain([this.into_os_string()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args([&format!("processes::{test}"), "--exact", "--nocapture"]);
    command.env(FOLDER, folder).env(NUMBER, number.to_string()).stdout(Stdio::piped());
    command
}

/// The folder and the number that this process was given, if it is a child.
fn given() -> Option<(FolderArtifacts, u8)> {
    let store = FolderArtifacts::open(env::var_os(FOLDER)?, wall_clock()).unwrap();
    Some((store, env::var(NUMBER).unwrap().parse().unwrap()))
}

/// The rest of the line in which a child says a word.
fn said(output: &mut BufReader<ChildStdout>, word: &str) -> String {
    let lines = output.lines().map(Result::unwrap);
    let found = lines.filter_map(|line| line.split_once(word).map(|(_, rest)| rest.trim().to_owned()));
    found.into_iter().next().unwrap_or_else(|| panic!("the child never said {word}"))
}

fn output(child: &mut Child) -> BufReader<ChildStdout> {
    BufReader::new(child.stdout.take().unwrap())
}

/// The rest of the line in which a child says a word on its way to success.
fn succeeds(child: &mut Child, word: &str) -> String {
    let mut output = output(child);
    let rest = said(&mut output, word);
    // Who stops listening makes a child fail that still speaks.
    std::io::copy(&mut output, &mut std::io::sink()).unwrap();
    assert!(child.wait().unwrap().success());
    rest
}

async fn write_for_ever(store: FolderArtifacts) {
    store.put(&key("a/b"), Arc::from(vec![0; SIZE])).await.unwrap();
    println!("writing");
    for byte in (0..=255).cycle() {
        store.put(&key("a/b"), Arc::from(vec![byte; SIZE])).await.unwrap();
    }
}

#[tokio::test]
async fn a_writer_that_is_killed_leaves_no_half_artifact() {
    if let Some((store, _)) = given() {
        return write_for_ever(store).await;
    }
    let world = World::new();
    for kill in 0..KILLS {
        let mut writer =
            child(&[], "a_writer_that_is_killed_leaves_no_half_artifact", world.folder.path(), 0).spawn().unwrap();
        said(&mut output(&mut writer), "writing");
        // Somewhere else in the write each time.
        tokio::time::sleep(Duration::from_micros(1 + kill * 1_313)).await;
        writer.kill().unwrap();
        writer.wait().unwrap();
        let found = world.store.get(&key("a/b"), SIZE as u64).await.unwrap();
        assert_eq!(found.len(), SIZE);
        assert!(found.iter().all(|byte| *byte == found[0]), "two writes are mixed");
        let listed: Vec<_> = world.store.list(&key("a")).map_ok(|entry| entry.key).try_collect().await.unwrap();
        assert_eq!(listed, [key("a/b")], "nothing else is visible");
    }
    let later = wall_clock().now().plus_seconds(7200);
    FolderArtifacts::open(world.folder.path(), Arc::new(FixedClock::at(later))).unwrap();
    assert_eq!(world.unfinished(), 0);
}

async fn write_as_one_of_two(store: FolderArtifacts, number: u8) {
    let signer = store.signer("http://localhost", &Drawn(number)).unwrap();
    let upload = Upload { key: key("signed"), expires_in: Duration::from_secs(300), exact: None };
    println!("signed {}", signer.sign(&upload).await.unwrap().url);
    for round in 0..WRITES {
        store.put(&key("shared/a"), Arc::from(vec![number; SIZE])).await.unwrap();
        // The folder of these comes and goes with them.
        let own = key(&format!("own/{}/{number}", round % 3));
        store.put(&own, bytes("own")).await.unwrap();
        assert_eq!(*store.get(&own, 3).await.unwrap(), *b"own");
        store.remove(&own).await.unwrap();
        let shared = store.get(&key("shared/a"), SIZE as u64).await.unwrap();
        assert!(shared.iter().all(|byte| *byte == shared[0]), "two processes' writes are mixed");
    }
    store.put(&key(&format!("done/{number}")), bytes("done")).await.unwrap();
}

#[tokio::test]
async fn two_processes_share_a_folder_and_its_secret() {
    if let Some((store, number)) = given() {
        return write_as_one_of_two(store, number).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut children = [1, 2].map(|number| {
        child(&[], "two_processes_share_a_folder_and_its_secret", folder.path(), number).spawn().unwrap()
    });
    let urls = children.each_mut().map(|child| succeeds(child, "signed"));
    let store = FolderArtifacts::open(folder.path(), wall_clock()).unwrap();
    let signer = store.signer("http://localhost", &Drawn(3)).unwrap();
    for url in urls {
        let query = url.split_once('?').unwrap().1;
        signer.verify(&key("signed"), query, wall_clock().now()).unwrap();
    }
    let done: Vec<_> = store.list(&key("done")).try_collect().await.unwrap();
    let own: Vec<_> = store.list(&key("own")).try_collect().await.unwrap();
    assert_eq!((done.len(), own), (2, vec![]));
}

async fn write_without_space(store: FolderArtifacts) {
    store.put(&key("small"), bytes("fits")).await.unwrap();
    let name = key("large/a");
    let put = store.put(&name, Arc::from(vec![1; 2 * SIZE])).await;
    assert!(matches!(put, Err(ArtifactError::Unavailable(_))), "{put:?}");
    let body = futures::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(vec![1; 2 * SIZE]))]);
    assert!(store.receive(&name, body, u64::MAX, None).await.is_err());
    println!("refused");
}

/// A limit on the size of files stands in for a full disk: writes stop in their middle with an error just so.
#[tokio::test]
async fn a_disk_that_is_full_leaves_nothing_half_done() {
    if let Some((store, _)) = given() {
        return write_without_space(store).await;
    }
    let world = World::new();
    world.store.put(&key("large/a"), bytes("former")).await.unwrap();
    let limit = format!("--fsize={SIZE}");
    let program = ["env", "--ignore-signal=XFSZ", "prlimit", &limit];
    let mut writer =
        child(&program, "a_disk_that_is_full_leaves_nothing_half_done", world.folder.path(), 0).spawn().unwrap();
    succeeds(&mut writer, "refused");
    assert_eq!(*world.store.get(&key("large/a"), 9).await.unwrap(), *b"former");
    assert_eq!(*world.store.get(&key("small"), 9).await.unwrap(), *b"fits");
    assert_eq!(world.unfinished(), 0);
}
