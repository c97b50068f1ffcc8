//! The whole interface over fakes.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use dploy_api::{
    Surface, SystemRandom, app,
    releases::{Access, Health, Signals, State, TokenAccess},
};
use dploy_auth::{Authenticator, Claims, IdentityRules, TokenVerifier, token};
use dploy_core::{
    json::Json,
    releases::{
        access::Action,
        name::TargetName,
        queue::{Deployer, Options as QueueOptions, Parts as QueueParts},
        service::{Options, Parts, Releases},
    },
    testing::{FixedClock, MemoryArtifacts, MemoryGitOps, MemoryRecords, PlainArchives, SequentialRandom},
    time::Timestamp,
};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(crate) const KEY: &str = "root-key-of-the-tests";
pub(crate) const SHA: &str = "42540c4aa0ffeeddccbbaa998877665544332211";
pub(crate) const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\n";

/// Everything in memory behind the whole interface, with targets `staging` and `production`.
pub(crate) struct World {
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) artifacts: Arc<MemoryArtifacts>,
    pub(crate) gitops: Arc<MemoryGitOps>,
    pub(crate) signals: Signals,
    deployer: Deployer,
    pub(crate) router: Router,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The status, the code and the message of a failure, which has to be in the envelope.
    pub(crate) fn told(&self) -> (u16, &str, &str) {
        assert_eq!(self.headers["content-type"], "application/json", "{self:?}");
        assert_eq!(self.body.as_object().unwrap().len(), 1, "{}", self.body);
        let error = &self.body["error"];
        assert_eq!(error["requestId"].as_str().unwrap(), self.headers["x-request-id"], "{self:?}");
        (self.status.as_u16(), error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
    }

    /// The status and the code of a failure.
    pub(crate) fn refused(&self) -> (u16, &str) {
        let (status, code, _) = self.told();
        (status, code)
    }

    /// The body of a success of that status.
    pub(crate) fn body(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

/// Takes a token's second part, in hex, for its claims.
#[derive(Debug)]
struct TrustingVerifier;

#[async_trait]
impl TokenVerifier for TrustingVerifier {
    async fn verify(&self, token: &str) -> Result<Claims, token::Error> {
        let part = token.split('.').nth(1).ok_or(token::Error::Signature)?;
        let bytes: Option<Vec<u8>> =
            (0..part.len()).step_by(2).map(|at| u8::from_str_radix(part.get(at..at + 2)?, 16).ok()).collect();
        let claims: BTreeMap<String, Value> =
            serde_json::from_slice(&bytes.unwrap_or_default()).map_err(|_| token::Error::Signature)?;
        let claims = claims.into_iter().map(|(name, value)| (name, Json::from(value))).collect();
        Ok(Claims::new("https://id.example.org".to_owned(), claims))
    }
}

/// A token that the tests' provider vouches for.
pub(crate) fn token(claims: &Value) -> String {
    let hex: String = claims.to_string().bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("head.{hex}.sig")
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(1_700_000_000)));
        let records = Arc::new(MemoryRecords::new(clock.clone()));
        let artifacts = Arc::new(MemoryArtifacts::new(clock.clone()));
        let gitops = Arc::new(MemoryGitOps::new());
        let archives = Arc::new(PlainArchives);
        let parts = Parts {
            records: records.clone(),
            artifacts: artifacts.clone(),
            uploads: artifacts.clone(),
            archives: archives.clone(),
            random: Arc::new(SequentialRandom::default()),
            clock: clock.clone(),
        };
        let releases = Arc::new(Releases::new(parts, Options { queue_capacity: 20, ..Options::default() }));
        let targets = ["staging", "production"].map(|name| TargetName::parse(name).unwrap());
        releases.ensure_targets(&targets).await.unwrap();
        let parts = QueueParts {
            records: records.clone(),
            artifacts: artifacts.clone(),
            archives,
            repositories: gitops.clone(),
            clock: clock.clone(),
        };
        let actions = [Action::Read, Action::Publish, Action::Deploy].into_iter().collect();
        let authenticator = Authenticator::new(Arc::new(TrustingVerifier), IdentityRules::default());
        let signals = Signals::default();
        let state = State {
            releases,
            access: Access::new([KEY, "second-key"], Some(TokenAccess { authenticator, actions }), &SystemRandom),
            signals: signals.clone(),
            uploads: None,
            health: Arc::new(Health::new(records, artifacts.clone(), gitops.clone())),
            stop: CancellationToken::new(),
        };
        let router = app(Surface { releases: Some(state), ..Surface::default() });
        Self { clock, artifacts, gitops, signals, deployer: Deployer::new(parts, QueueOptions::new("tests")), router }
    }

    /// With the application `web`.
    pub(crate) async fn with_web() -> Self {
        let world = Self::new().await;
        world.post("/apps", json!({ "name": "web" })).await.body(201);
        world
    }

    /// Carries out all that is queued.
    pub(crate) async fn work(&self) {
        while self.deployer.work(None).await.unwrap().moved > 0 {
            self.signals.moved();
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.router.clone(), request).await
    }

    /// Asks with the key; `path` is below `/api/v1`.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        self.ask_as(KEY, method, path, body).await
    }

    pub(crate) async fn ask_as(&self, key: &str, method: Method, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("x-api-key", key);
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::PATCH, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, Value::Null).await
    }

    pub(crate) async fn draft(&self, version: &str, branch: &str) -> Answer {
        self.post("/apps/web/versions/draft", draft(version, branch)).await
    }

    /// Drafts and uploads a version of `web`.
    pub(crate) async fn uploaded(&self, version: &str, branch: &str, files: &[(&str, &str)]) {
        let drafted = self.draft(version, branch).await.body(201);
        self.artifacts.upload(drafted["uploadUrl"].as_str().unwrap(), &PlainArchives::pack(files)).unwrap();
    }

    pub(crate) async fn publish(&self, version: &str) -> Answer {
        self.post(&format!("/apps/web/versions/{version}/publish"), json!({ "noValidate": true })).await
    }

    /// A published version of `web`, whose manifest tells it from others.
    pub(crate) async fn published(&self, version: &str, branch: &str) -> Value {
        let manifest = format!("{MANIFEST}data: {{ version: \"{version}\" }}\n");
        self.uploaded(version, branch, &[("web.yaml", &manifest)]).await;
        self.publish(version).await.body(200)
    }

    pub(crate) async fn deploy(&self, version: &str, target: &str) -> Answer {
        self.post(&format!("/apps/web/versions/{version}/deploy"), json!({ "environment": target })).await
    }

    /// Deploys a version of `web` and waits for its final state.
    pub(crate) async fn deployed(&self, version: &str, target: &str) -> Value {
        let deployment = self.deploy(version, target).await.body(202);
        self.work().await;
        self.get(&format!("/deployments/{}", deployment["deploymentId"].as_str().unwrap())).await.body(200)
    }

    pub(crate) async fn policy(&self, name: &str, pattern: &str, target: &str) -> Answer {
        let body = json!({ "name": name, "gitBranchPattern": pattern, "targetEnvironment": target });
        self.post("/apps/web/policies", body).await
    }
}

/// The body of a draft.
pub(crate) fn draft(version: &str, branch: &str) -> Value {
    json!({ "versionId": version, "metadata": metadata(branch) })
}

pub(crate) fn metadata(branch: &str) -> Value {
    json!({
        "gitSha": SHA,
        "gitBranch": branch,
        "gitCommitter": "alice@example.org",
        "buildNumber": "7",
        "timestamp": "2026-01-02T03:04:05Z",
    })
}

pub(crate) async fn answer(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).as_ref()));
    Answer { status: parts.status, headers: parts.headers, body }
}

/// The field of every item.
pub(crate) fn all<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}
