//! A developer's desk: a folder to work in, a home, a scripted server, and the binary under each of its names.

use std::{fs, path::PathBuf, process::Stdio};

use serde_json::{Value, json};
use tokio::process::Command;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{method, path},
};

use crate::harness::{Machine, Run};

/// The key that every test sends and none may see printed.
pub(crate) const KEY: &str = "dpk_0123456789abcdef0123456789abcdef";

/// The application that the server knows.
pub(crate) const APP_ID: &str = "6f1c0f9e-0b67-4c3d-9d2b-0e6a4b7c8d9e";

/// A deployment's id.
pub(crate) const DEPLOYMENT_ID: &str = "0a7c2b6e-8a52-4b55-9f58-6d2f7c1b3e4d";

pub(crate) struct Desk {
    pub(crate) machine: Machine,
    pub(crate) work: PathBuf,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let machine = Machine::new().await;
        let work = machine.home.path().join("work");
        fs::create_dir(&work).unwrap();
        let desk = Self { machine, work };
        for name in ["forge", "smithctl"] {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_dploy"), desk.machine.home.path().join(name)).unwrap();
        }
        desk
    }

    /// A desk whose server has one application with a published version.
    pub(crate) async fn with_server() -> Self {
        let desk = Self::new().await;
        let server = &desk.machine;
        server.answer("GET", "/api/v1/apps/web", 200, application()).await;
        server.answer("GET", &format!("/api/v1/apps/{APP_ID}"), 200, application()).await;
        server.answer("POST", &app("/versions/1.0.0/publish"), 200, published()).await;
        let url = format!("{}/upload?signature=s3cret", server.server.uri());
        for app in ["web", APP_ID] {
            let route = format!("/api/v1/apps/{app}/versions/draft");
            server.answer("POST", &route, 201, draft(&url)).await;
        }
        desk
    }

    /// The program of that name with the server and a key in its environment.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = self.bare(words);
        command.env("SMITHD_URL", self.machine.server.uri()).env("SMITHD_API_KEY", KEY);
        command
    }

    /// The program of that name with nothing in its environment but a home.
    pub(crate) fn bare(&self, words: &str) -> Command {
        let mut words = words.split(' ').filter(|word| !word.is_empty());
        let program = match words.next().unwrap() {
            "dploy" => PathBuf::from(env!("CARGO_BIN_EXE_dploy")),
            name => self.machine.home.path().join(name),
        };
        let mut command = Command::new(program);
        command.args(words).env_clear().env("HOME", self.machine.home.path()).current_dir(&self.work);
        command.stdin(Stdio::null());
        command
    }

    pub(crate) async fn run(&self, words: &str) -> Run {
        Run::of(self.command(words)).await
    }

    pub(crate) async fn run_with_input(&self, words: &str, input: &str) -> Run {
        Run::with_input(self.command(words), input).await
    }

    /// Answers uploads with each of the statuses in turn, the last one for ever.
    pub(crate) async fn uploads(&self, statuses: &[u16]) {
        for (at, status) in statuses.iter().enumerate() {
            let mock = Mock::given(method("PUT")).and(path("/upload")).respond_with(ResponseTemplate::new(*status));
            let mock = if at + 1 < statuses.len() { mock.up_to_n_times(1) } else { mock };
            mock.with_priority(u8::try_from(at + 1).unwrap()).mount(&self.machine.server).await;
        }
    }

    /// Writes a file below the working folder.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.work.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The bodies of the requests to that route, as JSON.
    pub(crate) async fn bodies(&self, verb: &str, route: &str) -> Vec<Value> {
        let requests = self.machine.server.received_requests().await.unwrap();
        let asked = requests.iter().filter(|request| request.method.as_str() == verb && request.url.path() == route);
        asked.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// The bodies of the uploads.
    pub(crate) async fn uploaded(&self) -> Vec<Vec<u8>> {
        let requests = self.machine.server.received_requests().await.unwrap();
        requests.iter().filter(|request| request.method.as_str() == "PUT").map(|request| request.body.clone()).collect()
    }
}

/// A manifest that is accepted.
pub(crate) fn manifest(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
}

/// A route of the application.
pub(crate) fn app(route: &str) -> String {
    format!("/api/v1/apps/web{route}")
}

pub(crate) fn application() -> Value {
    json!({
        "id": APP_ID, "name": "web", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
        "currentVersion": {"staging": "1.0.0"},
        "currentVersions": {"staging": {"versionId": "1.0.0", "deployedAt": "2026-01-02T00:00:00Z"}},
        "gitopsPath": "environments/{environment}/apps/web",
    })
}

pub(crate) fn draft(url: &str) -> Value {
    json!({
        "versionId": "1.0.0", "uploadUrl": url, "uploadExpires": "2126-01-01T00:05:00Z", "status": "draft",
        "uploadHeaders": {"x-amz-checksum-sha256": "c3Vt"},
    })
}

pub(crate) fn version() -> Value {
    json!({
        "id": "v", "appId": APP_ID, "versionId": "1.0.0", "status": "published", "gitSha": "42540c4f", "gitBranch": "main",
        "gitCommitter": "Ann <ann@example.org>", "buildNumber": "7", "createdAt": "2026-01-01T00:00:00Z",
        "publishedAt": "2026-01-01T00:01:00Z", "deployedTo": ["staging"], "files": ["a.yaml", "sub/b.yaml"],
        "manifestFiles": ["a.yaml", "sub/b.yaml"], "metadata": {"gitSha": "42540c4f"},
    })
}

pub(crate) fn published() -> Value {
    json!({
        "versionId": "1.0.0", "status": "published", "publishedAt": "2026-01-01T00:01:00Z",
        "manifestFiles": ["a.yaml"], "autoDeployments": ["staging"], "deployments": [deployment("queued")],
    })
}

pub(crate) fn deployment(state: &str) -> Value {
    let status = match state {
        "succeeded" | "unchanged" => "success",
        "failed" | "superseded" => "failed",
        _ => "pending",
    };
    json!({
        "deploymentId": DEPLOYMENT_ID, "appName": "web", "versionId": "1.0.0", "environment": "staging",
        "status": status, "state": state, "actor": "key:ci", "gitopsCommitSha": "c0ffee",
        "reason": if state == "failed" { Some("the hook declined it") } else { None },
        "startedAt": "2026-01-01T00:02:00Z",
    })
}
