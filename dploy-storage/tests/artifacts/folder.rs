//! What a folder of artifacts promises beyond the contract.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::Arc,
};

use dploy_core::{
    artifact::{ArtifactError, ArtifactStore, Upload, UploadSigner},
    testing::{FixedClock, contract},
};
use dploy_storage::object::folder::{FolderArtifacts, FolderError};
use futures::TryStreamExt as _;
use rstest::rstest;

use crate::{bytes, key, many_are_listed, uploads::World, world::Drawn, world::wall_clock};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_keeps_the_contract_of_stores() {
    let world = World::new();
    contract::artifact_store(&world.store).await.unwrap();
    assert_eq!(world.unfinished(), 0);
    let left = fs::read_dir(world.folder.path().join("artifacts")).unwrap().count();
    assert_eq!(left, 0, "folders go with the last artifact in them");
}

#[tokio::test]
async fn w20_1500_artifacts_of_a_folder_are_listed() {
    many_are_listed(&World::new().store).await;
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn only_the_owner_can_read_files_and_folders() {
    let world = World::new();
    let below = tempfile::tempdir().unwrap();
    let root = below.path().join("a/b");
    let store = FolderArtifacts::open(&root, wall_clock()).unwrap();
    store.signer("http://localhost", &Drawn(1)).unwrap();
    store.put(&key("c/d"), bytes("e")).await.unwrap();
    let modes = ["", "artifacts", "incoming", "artifacts/c"].map(|path| mode(&root.join(path)));
    assert_eq!(modes, [0o700; 4]);
    assert_eq!([mode(&root.join("upload-secret")), mode(&root.join("artifacts/c/d"))], [0o600; 2]);
    drop(world);
}

#[tokio::test]
async fn no_symbolic_link_is_followed() {
    let world = World::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "outside").unwrap();
    let inside = world.folder.path().join("artifacts");
    symlink(outside.path(), inside.join("folder")).unwrap();
    symlink(outside.path().join("file"), inside.join("file")).unwrap();
    for name in ["folder/file", "file"] {
        let read = world.store.get(&key(name), 100).await;
        assert!(read.is_err(), "{name}: {read:?}");
    }
    assert!(world.store.put(&key("folder/new"), bytes("new")).await.is_err());
    world.store.remove(&key("folder/file")).await.unwrap();
    world.store.put(&key("file"), bytes("new")).await.unwrap();
    assert_eq!(*world.store.get(&key("file"), 100).await.unwrap(), *b"new", "a link is replaced, not written through");
    assert_eq!(fs::read_to_string(outside.path().join("file")).unwrap(), "outside");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    let listed: Vec<_> = world.store.list(&key("folder")).try_collect().await.unwrap();
    assert_eq!(listed, []);
}

#[tokio::test]
async fn a_key_that_is_the_folder_of_another_is_refused() {
    let world = World::new();
    world.store.put(&key("a/b"), bytes("1")).await.unwrap();
    assert!(world.store.put(&key("a"), bytes("2")).await.is_err());
    assert!(world.store.put(&key("a/b/c"), bytes("2")).await.is_err());
    assert!(matches!(world.store.get(&key("a"), 9).await, Err(ArtifactError::NotFound)));
    world.store.remove(&key("a")).await.unwrap();
    assert_eq!(*world.store.get(&key("a/b"), 9).await.unwrap(), *b"1");
    assert_eq!(world.unfinished(), 0);
}

#[tokio::test]
async fn what_a_crash_left_is_removed_after_an_hour() {
    let world = World::new();
    let now = wall_clock().now();
    fs::write(world.folder.path().join("incoming/part-crashed"), "half").unwrap();
    let open =
        |seconds| FolderArtifacts::open(world.folder.path(), Arc::new(FixedClock::at(now.plus_seconds(seconds))));
    open(60).unwrap();
    assert_eq!(world.unfinished(), 1, "it may be another process's that still writes");
    open(7200).unwrap();
    assert_eq!(world.unfinished(), 0);
}

#[tokio::test]
async fn the_secret_is_made_once() {
    let world = World::new();
    let upload = Upload { key: key("a"), expires_in: std::time::Duration::from_secs(60), exact: None };
    let former = world.signer.sign(&upload).await.unwrap();
    let later = world.store.signer("https://dploy.example.org/api/v1/", &Drawn(2)).unwrap();
    assert_eq!(later.sign(&upload).await.unwrap(), former);
    assert!(!format!("{later:?}").contains("mac"));
}

#[rstest]
#[case::short(&[1; 31], 0o600)]
#[case::long(&[1; 33], 0o600)]
#[case::readable_by_others(&[1; 32], 0o640)]
fn a_secret_that_is_none_is_refused(#[case] secret: &[u8], #[case] mode: u32) {
    let world = World::new();
    let path = world.folder.path().join("upload-secret");
    fs::write(&path, secret).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let refused = world.store.signer("http://localhost", &Drawn(1)).unwrap_err();
    assert!(matches!(refused, FolderError::Secret { path: named } if named == path));
}

#[tokio::test]
async fn a_folder_that_is_gone_is_unavailable() {
    let world = World::new();
    world.store.put(&key("a"), bytes("a")).await.unwrap();
    world.store.ready().await.unwrap();
    fs::remove_dir_all(world.folder.path()).unwrap();
    let listed = world.store.list(&key("a")).try_collect::<Vec<_>>().await.map(drop);
    let got = world.store.get(&key("a"), 9).await.map(drop);
    let put = world.store.put(&key("a"), bytes("a")).await;
    let removed = world.store.remove(&key("a")).await;
    for result in [world.store.ready().await, listed, got, put, removed] {
        assert!(matches!(result, Err(ArtifactError::Unavailable(_))), "{result:?}");
    }
    fs::create_dir(world.folder.path()).unwrap();
    assert!(world.store.ready().await.is_err(), "what lies below an unmounted volume is not taken for it");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let refused = FolderArtifacts::open(&path, wall_clock()).unwrap_err();
    assert!(matches!(refused, FolderError::Unusable { path: named, .. } if named == path));
}
