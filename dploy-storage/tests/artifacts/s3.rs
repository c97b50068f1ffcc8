//! A bucket of S3: the contracts, and what the adapter promises beyond them.

use std::{collections::BTreeMap, env, process::Command, sync::Arc, time::Duration};

use async_trait::async_trait;
use dploy_core::{
    artifact::{ArtifactError, ArtifactStore, ExactBytes, Upload, UploadSigner},
    testing::contract,
};
use dploy_servers::S3;
use dploy_storage::object::s3::{S3Artifacts, S3Credentials, S3Settings, S3Signer};
use futures::TryStreamExt as _;

use crate::{bytes, key, many_are_listed};

/// The SHA-256 of `right`.
const RIGHT_SHA256: &str = "27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9";
/// Longer than any call of these tests may take, and no measure of how long it does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A bucket, and who signs uploads to it.
pub(crate) struct Bucket {
    settings: S3Settings,
    pub(crate) store: S3Artifacts,
    signer: S3Signer,
}

impl Bucket {
    pub(crate) async fn of(settings: S3Settings) -> Self {
        let store = S3Artifacts::new(settings.clone()).await.unwrap();
        let signer = store.signer();
        Self { settings, store, signer }
    }
}

/// How a bucket of a server on loopback is reached.
pub(crate) fn settings(endpoint: String, [id, secret]: [&str; 2], bucket: String, region: &str) -> S3Settings {
    let (id, secret) = (id.to_owned(), secret.to_owned());
    let credentials = S3Credentials::Keys { id, secret, session_token: None };
    S3Settings { endpoint: Some(endpoint), path_style: true, credentials, ..S3Settings::new(bucket, region) }
}

struct World {
    server: S3,
    bucket: Bucket,
}

impl World {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut S3Settings)) -> Self {
        let server = S3::start().unwrap();
        let keys = [server.access_key(), server.secret_key()];
        let mut settings = settings(server.endpoint(), keys, server.bucket().unwrap(), server.region());
        change(&mut settings);
        Self { bucket: Bucket::of(settings).await, server }
    }

    async fn url(&self, exact: Option<ExactBytes>) -> (String, BTreeMap<String, String>) {
        let upload = Upload { key: key("drafts/web/1"), expires_in: Duration::from_secs(300), exact };
        let signed = self.bucket.signer.sign(&upload).await.unwrap();
        (signed.url, signed.headers)
    }
}

/// Sends a body by HTTP PUT; the client sets `content-length` itself.
async fn put(url: &str, headers: &BTreeMap<String, String>, body: &[u8]) -> u16 {
    let mut request = reqwest::Client::new().put(url).body(body.to_vec());
    for (name, value) in headers.iter().filter(|(name, _)| *name != "content-length") {
        request = request.header(name, value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[async_trait]
impl contract::UploadWorld for Bucket {
    fn signer(&self) -> &dyn UploadSigner {
        &self.signer
    }

    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    async fn put(&self, url: &str, headers: &BTreeMap<String, String>, body: &[u8]) -> u16 {
        put(url, headers, body).await
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

fn right() -> ExactBytes {
    ExactBytes { size: 5, sha256: RIGHT_SHA256.to_owned() }
}

#[tokio::test]
async fn s3_keeps_the_contract_of_stores() {
    contract::artifact_store(&World::new().await.bucket.store).await.unwrap();
}

#[tokio::test]
async fn s11_s16_s17_s18_s3_keeps_the_contract_of_uploads() {
    contract::upload_signer(&World::new().await.bucket).await.unwrap();
}

#[tokio::test]
async fn w20_1500_artifacts_of_a_bucket_are_listed() {
    many_are_listed(&World::new().await.bucket.store).await;
}

#[tokio::test]
async fn s17_an_exact_upload_needs_the_headers_it_was_signed_with() {
    let world = World::new().await;
    let (url, headers) = world.url(Some(right())).await;
    let names: Vec<_> = headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["content-length", "x-amz-checksum-sha256"]);
    assert_eq!(put(&url, &BTreeMap::new(), b"right").await, 403);
    let other = BTreeMap::from([(
        "x-amz-checksum-sha256".to_owned(),
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
    )]);
    assert_eq!(put(&url, &other, b"").await, 403);
    assert_eq!(world.bucket.store.list(&key("drafts")).try_collect::<Vec<_>>().await.unwrap(), []);
    assert_eq!(put(&url, &headers, b"right").await, 200);
}

#[tokio::test]
async fn s11_urls_name_the_public_endpoint() {
    let world = World::with(|settings| {
        settings.public_endpoint = settings.endpoint.as_ref().map(|url| url.replace("127.0.0.1", "localhost"));
    });
    let world = world.await;
    let (url, headers) = world.url(None).await;
    assert!(url.starts_with("http://localhost:"), "{url}");
    assert_eq!((put(&url, &headers, b"any").await, headers), (200, BTreeMap::new()));
    assert_eq!(*world.bucket.store.get(&key("drafts/web/1"), 9).await.unwrap(), *b"any");
    let elsewhere = url.replace("localhost", "127.0.0.1");
    assert_eq!(put(&elsewhere, &BTreeMap::new(), b"any").await, 403, "the host is signed");
}

#[tokio::test]
async fn w08_an_upload_after_publish_changes_no_published_artifact() {
    let world = World::new().await;
    let (url, headers) = world.url(None).await;
    world.bucket.store.put(&key("published/web/1"), bytes("validated")).await.unwrap();
    assert_eq!(put(&url, &headers, b"swapped").await, 200);
    assert_eq!(*world.bucket.store.get(&key("published/web/1"), 100).await.unwrap(), *b"validated");
}

#[tokio::test]
async fn a_store_that_fails_is_asked_again_a_few_times() {
    let world = World::new().await;
    let faults = world.server.faults();
    faults.fail_next(2, 503);
    world.bucket.store.put(&key("a"), bytes("a")).await.unwrap();
    assert_eq!(faults.requests(), 3);
    faults.cut_next(1);
    assert_eq!(*world.bucket.store.get(&key("a"), 1).await.unwrap(), *b"a");
    faults.fail_next(100, 500);
    let before = faults.requests();
    let failed = world.bucket.store.get(&key("a"), 1).await;
    assert!(matches!(failed, Err(ArtifactError::Unavailable(_))), "{failed:?}");
    assert_eq!(faults.requests() - before, 3);
    faults.clear();
    assert_eq!(*world.bucket.store.get(&key("a"), 1).await.unwrap(), *b"a");
}

/// Every call, to a store that does not answer.
async fn all_calls_are_unavailable(world: &World) {
    let store = &world.bucket.store;
    let name = key("a");
    let listed = async { store.list(&name).try_collect::<Vec<_>>().await.map(drop) };
    let got = async { store.get(&name, 1).await.map(drop) };
    let calls = async {
        let (got, removed) = (got.await, store.remove(&name).await);
        [store.ready().await, store.put(&name, bytes("a")).await, got, removed, listed.await]
    };
    for result in tokio::time::timeout(PATIENCE, calls).await.expect("every call ends") {
        assert!(matches!(result, Err(ArtifactError::Unavailable(_))), "{result:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_unavailable_in_bounded_time() {
    let world = World::with(|settings| settings.attempt_timeout = Duration::from_millis(300)).await;
    world.server.faults().refuse(true);
    all_calls_are_unavailable(&world).await;
    world.server.faults().clear();
    world.bucket.store.ready().await.unwrap();
    world.server.faults().hang(true);
    all_calls_are_unavailable(&world).await;
}

#[tokio::test]
async fn wrong_credentials_are_denied() {
    let world = World::new().await;
    let keys = S3Credentials::Keys {
        id: world.server.access_key().to_owned(),
        secret: "wrong".to_owned(),
        session_token: None,
    };
    let store = S3Artifacts::new(S3Settings { credentials: keys, ..world.bucket.settings.clone() }).await.unwrap();
    let results =
        [store.ready().await, store.put(&key("a"), bytes("a")).await, store.get(&key("a"), 1).await.map(drop)];
    for result in results {
        assert!(matches!(result, Err(ArtifactError::Denied(_))), "{result:?}");
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_no_missing_artifact() {
    let world = World::new().await;
    let store =
        S3Artifacts::new(S3Settings { bucket: "nowhere".to_owned(), ..world.bucket.settings.clone() }).await.unwrap();
    let listed = store.list(&key("a")).try_collect::<Vec<_>>().await.map(drop);
    for result in [store.ready().await, listed] {
        assert!(matches!(result, Err(ArtifactError::Unavailable(_))), "{result:?}");
    }
}

#[tokio::test]
async fn a_wrong_setting_is_refused_by_name() {
    let settings = S3Settings { endpoint: Some("minio:9000".to_owned()), ..S3Settings::new("artifacts", "us-east-1") };
    let refused = S3Artifacts::new(settings).await.unwrap_err();
    assert_eq!(refused.to_string(), "endpoint must be an http:// or https:// URL without query, not \"minio:9000\"");
}

/// Where a child finds the store.
const ENDPOINT: &str = "DPLOY_TEST_ENDPOINT";
const BUCKET: &str = "DPLOY_TEST_BUCKET";

/// What the test below does in a process of its own, which has credentials in its environment.
async fn write_with_the_chain(endpoint: String) {
    let settings = S3Settings {
        endpoint: Some(endpoint),
        path_style: true,
        ..S3Settings::new(env::var(BUCKET).unwrap(), "us-east-1")
    };
    let store = S3Artifacts::new(settings).await.unwrap();
    store.put(&key("from/chain"), bytes("chain")).await.unwrap();
}

#[tokio::test]
async fn credentials_come_from_where_the_sdks_look() {
    if let Ok(endpoint) = env::var(ENDPOINT) {
        return write_with_the_chain(endpoint).await;
    }
    let world = World::new().await;
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["s3::credentials_come_from_where_the_sdks_look", "--exact"]);
    child.env("AWS_ACCESS_KEY_ID", world.server.access_key()).env("AWS_SECRET_ACCESS_KEY", world.server.secret_key());
    child.env(ENDPOINT, world.server.endpoint()).env(BUCKET, &world.bucket.settings.bucket);
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(*world.bucket.store.get(&key("from/chain"), 9).await.unwrap(), *b"chain");
}

#[tokio::test]
async fn an_artifact_may_be_as_large_as_an_archive() {
    let world = World::new().await;
    let large: Arc<[u8]> = Arc::from(vec![7; 10 * 1024 * 1024]);
    world.bucket.store.put(&key("large"), large.clone()).await.unwrap();
    assert!(world.bucket.store.get(&key("large"), large.len() as u64).await.unwrap() == large);
}
