//! Uploads to a folder, as a server on its signer and `receive` takes them.

use std::{collections::BTreeMap, convert::Infallible, fs, io, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use dploy_core::{
    artifact::{ArtifactError, ArtifactStore, ExactBytes, Upload, UploadSigner},
    error::{Classify, ErrorKind},
    testing::{FixedClock, contract},
    time::{Clock, Timestamp},
};
use dploy_storage::object::folder::{FolderArtifacts, FolderError, FolderSigner, GrantError, ReceiveError};
use futures::{Stream, StreamExt as _, stream};
use rstest::rstest;
use tempfile::TempDir;

use crate::{key, world::Drawn};

const BASE: &str = "https://dploy.example.org/api/v1";
/// What a server without announced bytes takes.
const LIMIT: u64 = 1024;

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) store: FolderArtifacts,
    pub(crate) signer: FolderSigner,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(1_900_000_000)));
        let store = FolderArtifacts::open(folder.path(), clock.clone()).unwrap();
        let signer = store.signer(BASE, &Drawn(1)).unwrap();
        Self { folder, clock, store, signer }
    }

    /// How many files lie where unfinished uploads are.
    pub(crate) fn unfinished(&self) -> usize {
        fs::read_dir(self.folder.path().join("incoming")).unwrap().count()
    }

    async fn url(&self, exact: Option<ExactBytes>) -> String {
        let upload = Upload { key: key("drafts/web/1"), expires_in: Duration::from_secs(300), exact };
        let signed = self.signer.sign(&upload).await.unwrap();
        assert_eq!(signed.headers, BTreeMap::new());
        signed.url
    }
}

/// The path below `uploads/` and the query.
fn split(url: &str) -> (&str, &str) {
    url.strip_prefix(BASE).and_then(|rest| rest.strip_prefix("/uploads/")?.split_once('?')).unwrap()
}

fn body(bytes: &[u8]) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::iter(bytes.chunks(100).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>())
}

#[async_trait]
impl contract::UploadWorld for World {
    fn signer(&self) -> &dyn UploadSigner {
        &self.signer
    }

    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    async fn put(&self, url: &str, _: &BTreeMap<String, String>, bytes: &[u8]) -> u16 {
        let (path, query) = split(url);
        let key = key(path);
        let Ok(grant) = self.signer.verify(&key, query, self.clock.now()) else { return 403 };
        match self.store.receive(&key, body(bytes), LIMIT, grant.exact.as_ref()).await {
            Ok(size) => {
                assert_eq!(size, bytes.len() as u64);
                201
            }
            Err(error) if error.kind() == ErrorKind::Invalid => 400,
            Err(_) => 503,
        }
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time.as_secs() as i64);
    }
}

#[tokio::test]
async fn s11_s16_s17_s18_a_folder_keeps_the_contract_of_uploads() {
    let world = World::new();
    contract::upload_signer(&world).await.unwrap();
    assert_eq!(world.unfinished(), 0);
}

#[rstest]
#[case::expiry("expires=1900000300", "expires=1900000301")]
#[case::size("size=5", "size=6")]
#[case::padded_size("size=5", "size=05")]
#[case::digest("sha256=27", "sha256=28")]
#[case::no_size("size=5&", "")]
#[case::nothing_exact("&size=5&sha256=27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9", "")]
#[case::twice("size=5", "size=5&size=5")]
#[case::more("size=5", "size=5&more=1")]
#[case::signature("signature=", "signature=A")]
#[case::no_signature("signature=", "sig=")]
#[tokio::test]
async fn s17_a_tampered_url_is_refused(#[case] part: &str, #[case] other: &str) {
    let world = World::new();
    let url = world.url(Some(ExactBytes::of(b"right"))).await;
    let (path, query) = split(&url);
    let now = world.clock.now();
    assert_eq!(world.signer.verify(&key(path), query, now).unwrap().exact, Some(ExactBytes::of(b"right")));
    let tampered = query.replace(part, other);
    assert_ne!(tampered, query);
    assert_eq!(world.signer.verify(&key(path), &tampered, now), Err(GrantError::Signature));
    assert_eq!(world.signer.verify(&key("drafts/web/2"), query, now), Err(GrantError::Signature), "s18");
}

#[tokio::test]
async fn s16_an_expired_url_says_so_only_to_whoever_was_given_it() {
    let world = World::new();
    let url = world.url(None).await;
    let (path, query) = split(&url);
    let (now, forged) = (world.clock.now(), query.replace("expires=19", "expires=18"));
    let at = |seconds| world.signer.verify(&key(path), query, now.plus_seconds(seconds));
    assert!(at(299).is_ok());
    assert_eq!((at(300), at(3_000_000_000)), (Err(GrantError::Expired), Err(GrantError::Expired)));
    assert_eq!(world.signer.verify(&key(path), &forged, now), Err(GrantError::Signature));
}

#[tokio::test]
async fn s17_of_an_upload_that_is_refused_nothing_is_kept() {
    let world = World::new();
    let (name, large) = (key("drafts/web/1"), vec![1; LIMIT as usize + 1]);
    world.store.receive(&name, body(b"former"), LIMIT, None).await.unwrap();
    let exact = ExactBytes::of(b"right");
    let results = [
        world.store.receive(&name, body(&large), LIMIT, None).await,
        world.store.receive(&name, body(&large), LIMIT, Some(&ExactBytes::of(&large))).await,
        world.store.receive(&name, body(b"right and more"), LIMIT, Some(&exact)).await,
        world.store.receive(&name, body(b"righ"), LIMIT, Some(&exact)).await,
        world.store.receive(&name, body(b"wrong"), LIMIT, Some(&exact)).await,
        world.store.receive(&name, body(b"righ").map(broken_off), LIMIT, None).await,
    ];
    let codes: Vec<_> = results.iter().map(|result| result.as_ref().unwrap_err().code()).collect();
    let expected = ["too_large", "too_large", "size_differs", "size_differs", "digest_differs", "incomplete"];
    assert_eq!(codes, expected.map(|code| format!("upload_{code}")));
    assert!(matches!(results[0], Err(ReceiveError::TooLarge(LIMIT))));
    assert_eq!(*world.store.get(&name, LIMIT).await.unwrap(), *b"former");
    assert_eq!(world.unfinished(), 0);
}

fn broken_off(_: Result<Bytes, Infallible>) -> io::Result<Bytes> {
    Err(io::ErrorKind::ConnectionReset.into())
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let world = World::new();
    let name = key("drafts/web/1");
    let endless = body(b"begun").chain(stream::pending());
    let upload = world.store.receive(&name, endless, LIMIT, None);
    assert!(tokio::time::timeout(Duration::from_millis(300), upload).await.is_err());
    assert!(matches!(world.store.get(&name, LIMIT).await, Err(ArtifactError::NotFound)));
    assert_eq!(world.unfinished(), 0);
}

#[tokio::test]
async fn s28_an_upload_after_publish_changes_no_published_artifact() {
    let world = World::new();
    let url = world.url(None).await;
    world.store.put(&key("published/web/1"), Arc::from(&b"validated"[..])).await.unwrap();
    let status = contract::UploadWorld::put(&world, &url, &BTreeMap::new(), b"swapped").await;
    assert_eq!(status, 201);
    assert_eq!(*world.store.get(&key("published/web/1"), LIMIT).await.unwrap(), *b"validated");
}

#[rstest]
#[case("")]
#[case("dploy.example.org")]
#[case("ftp://dploy.example.org")]
#[case("https://")]
#[case("https://dploy.example.org/?a=b")]
fn a_public_base_must_be_a_url(#[case] base: &str) {
    let world = World::new();
    let refused = world.store.signer(base, &Drawn(1)).unwrap_err();
    assert!(matches!(refused, FolderError::PublicBase { given } if given == base));
}

#[tokio::test]
async fn a_digest_that_is_none_is_not_signed() {
    let world = World::new();
    let exact = Some(ExactBytes { size: 1, sha256: "a&size=9".to_owned() });
    let upload = Upload { key: key("a"), expires_in: Duration::from_secs(1), exact };
    assert!(world.signer.sign(&upload).await.is_err());
}
