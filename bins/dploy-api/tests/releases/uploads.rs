use std::sync::Arc;

use axum::{Router, body::Body};
use dploy_api::{
    Surface, SystemClock, SystemRandom, app,
    releases::{Access, Health, Signals, State, Uploads},
};
use dploy_core::{
    releases::service::{Options, Parts, Releases},
    testing::{FixedClock, MemoryGitOps, MemoryRecords, PlainArchives, SequentialRandom},
    time::Clock,
};
use dploy_storage::object::folder::FolderArtifacts;
use http::{Method, Request};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::world::*;

/// A server whose archives are in a folder, with the application `web`.
struct Folder {
    clock: Arc<FixedClock>,
    router: Router,
    _root: tempfile::TempDir,
}

impl Folder {
    async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(SystemClock.now()));
        let records = Arc::new(MemoryRecords::new(clock.clone()));
        let artifacts = FolderArtifacts::open(root.path(), clock.clone()).unwrap();
        let signer = artifacts.signer("http://deploy.example.org", &SystemRandom).unwrap();
        let parts = Parts {
            records: records.clone(),
            artifacts: Arc::new(artifacts.clone()),
            uploads: Arc::new(signer.clone()),
            archives: Arc::new(PlainArchives),
            random: Arc::new(SequentialRandom::default()),
            clock: clock.clone(),
        };
        let state = State {
            releases: Arc::new(Releases::new(parts, Options::default())),
            access: Access::new([KEY], None, &SystemRandom),
            signals: Signals::default(),
            health: Arc::new(Health::new(records, Arc::new(artifacts.clone()), Arc::new(MemoryGitOps::new()))),
            uploads: Some(Uploads { artifacts, signer, limit: 1000, clock: clock.clone() }),
            stop: CancellationToken::new(),
        };
        let router = app(Surface { releases: Some(state), ..Surface::default() });
        let folder = Self { clock, router, _root: root };
        for name in ["web", "api"] {
            folder.post("apps", json!({ "name": name })).await.body(201);
        }
        folder
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(format!("/api/v1/{path}")).header("x-api-key", KEY);
        answer(self.router.clone(), request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// The path and query of the URL of a draft.
    async fn drafted(&self, app: &str, artifact: Value) -> String {
        let mut body = draft("1.0.0-RC1", "main");
        body["artifact"] = artifact;
        let drafted = self.post(&format!("apps/{app}/versions/draft"), body).await.body(201);
        drafted["uploadUrl"].as_str().unwrap().strip_prefix("http://deploy.example.org").unwrap().to_owned()
    }

    async fn put(&self, url: &str, body: Vec<u8>) -> Answer {
        answer(self.router.clone(), Request::put(url).body(Body::from(body)).unwrap()).await
    }
}

#[tokio::test]
async fn s11_an_upload_needs_nothing_but_its_url() {
    let folder = Folder::new().await;
    let url = folder.drafted("web", Value::Null).await;
    let packed = PlainArchives::pack(&[("web.yaml", MANIFEST)]);
    assert_eq!(folder.put(&url, packed.to_vec()).await.status, 200);
    assert_eq!(folder.put(&url, packed.to_vec()).await.status, 200, "a later upload takes the place of an earlier one");
    folder.post("apps/web/versions/1.0.0-RC1/publish", json!({})).await.body(200);
}

#[tokio::test]
async fn s16_an_expired_url_is_refused() {
    let folder = Folder::new().await;
    let url = folder.drafted("web", Value::Null).await;
    folder.clock.advance(301);
    assert_eq!(folder.put(&url, b"x".to_vec()).await.refused(), (403, "forbidden"));
}

#[tokio::test]
async fn s17_w10_an_upload_above_the_limit_is_refused() {
    let folder = Folder::new().await;
    let url = folder.drafted("web", Value::Null).await;
    assert_eq!(folder.put(&url, vec![0; 1001]).await.refused(), (413, "too_large"));
    assert_eq!(
        folder.post("apps/web/versions/1.0.0-RC1/publish", json!({})).await.status,
        400,
        "nothing is kept of it"
    );
}

#[tokio::test]
async fn s18_a_url_is_good_for_its_own_key_only() {
    let folder = Folder::new().await;
    let url = folder.drafted("web", Value::Null).await;
    for other in [
        url.replace("/web/", "/api/"),
        url.replace("signature=", "signature=A"),
        url.split('?').next().unwrap().to_owned(),
        url.replace("/drafts/", "/%2e%2e/"),
    ] {
        assert_eq!(folder.put(&other, b"x".to_vec()).await.refused(), (403, "forbidden"), "{other}");
    }
    let get = Request::builder().method(Method::GET).uri(&url).body(Body::empty()).unwrap();
    assert_eq!(answer(folder.router.clone(), get).await.refused(), (405, "method_not_allowed"));
}

#[rstest]
#[case(b"other".to_vec())]
#[case(b"longer than it was drafted".to_vec())]
#[case(b"".to_vec())]
#[tokio::test]
async fn s28_w08_a_bound_url_takes_its_own_bytes_only(#[case] body: Vec<u8>) {
    let folder = Folder::new().await;
    let sha256: String = Sha256::digest(b"hello").iter().map(|byte| format!("{byte:02x}")).collect();
    let url = folder.drafted("web", json!({ "size": 5, "sha256": sha256 })).await;
    assert_eq!(folder.put(&url, body).await.refused(), (400, "invalid_request"));
    assert_eq!(folder.put(&url, b"hello".to_vec()).await.status, 200);
}
