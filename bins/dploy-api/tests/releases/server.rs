//! A whole server: SQLite, a folder and a bare repository.

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use dploy_api::{Config, Server};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::world::{MANIFEST, draft};

struct Whole {
    url: String,
    stop: CancellationToken,
    served: JoinHandle<()>,
    http: reqwest::Client,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A server whose data is in the folder, with its repository at `gitops.git`.
async fn start(folder: &Path) -> Whole {
    let repository = folder.join("gitops.git");
    if !repository.exists() {
        git(folder, &["init", "-q", "--bare", "-b", "main", "gitops.git"]);
    }
    let of = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let variables = BTreeMap::from([
        ("API_KEYS", "k1, k2".to_owned()),
        ("DB_PATH", of("data/dploy.db")),
        ("ARTIFACT_STORE", "folder".to_owned()),
        ("ARTIFACT_FOLDER", of("artifacts")),
        ("GITOPS_REPO", of("gitops.git")),
        ("GITOPS_DATA_FOLDER", of("clones")),
        ("GITOPS_USER_NAME", "Deploy Bot".to_owned()),
        ("GITOPS_USER_EMAIL", "bot@example.org".to_owned()),
        ("SERVER_HOST", "localhost".to_owned()),
        ("PORT", "0".to_owned()),
    ]);
    let config = Config::read(|name| variables.get(name).cloned()).unwrap();
    let server = Server::bind(config, None).await.unwrap();
    let (url, stop) = (format!("http://{}", server.address()), CancellationToken::new());
    let served = tokio::spawn(server.serve(stop.clone()));
    Whole { url, stop, served, http: reqwest::Client::new() }
}

impl Whole {
    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth("k2");
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }

    async fn post(&self, path: &str, body: Value, status: u16) -> Value {
        let (found, body) = self.ask(Method::POST, path, body).await;
        assert_eq!(found.as_u16(), status, "{path}: {body}");
        body
    }

    async fn publish(&self, version: &str, files: &[(&str, &str)]) -> Value {
        let drafted = self.post("/apps/web/versions/draft", draft(version, "main"), 201).await;
        let url = drafted["uploadUrl"].as_str().unwrap();
        assert!(url.starts_with(&self.url), "{url}");
        assert_eq!(self.http.put(url).body(packed(files)).send().await.unwrap().status(), 200);
        self.post(&format!("/apps/web/versions/{version}/publish"), json!({}), 200).await
    }

    async fn finished(&self, deployment: &Value) -> Value {
        let path = format!("/deployments/{}?wait=30s", deployment["deploymentId"].as_str().unwrap());
        self.ask(Method::GET, &path, Value::Null).await.1
    }

    async fn end(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut archive = tar::Builder::new(gzip);
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s02_s11_s34_s45_s49_a_version_goes_from_draft_to_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    server.post("/apps", json!({ "name": "web" }), 201).await;
    let policy = json!({ "name": "auto", "gitBranchPattern": "main", "targetEnvironment": "staging" });
    server.post("/apps/web/policies", policy, 201).await;
    let published = server.publish("1.0.0", &[("web.yaml", MANIFEST), ("version.yml", "version: 1.0.0\n")]).await;
    assert_eq!(published["autoDeployments"], json!(["staging"]));
    let auto = server.finished(&published["deployments"][0]).await;
    assert_eq!((&auto["state"], &auto["policyName"]), (&json!("succeeded"), &json!("auto")), "{auto}");

    let deploy = server.post("/apps/web/versions/1.0.0/deploy", json!({ "environment": "production" }), 202).await;
    let done = server.finished(&deploy).await;
    assert_eq!(done["status"], "success", "{done}");
    let repository = folder.path().join("gitops.git");
    let commit = done["gitopsCommitSha"].as_str().unwrap();
    assert_eq!(git(&repository, &["rev-parse", "main"]).trim(), commit);
    let shown = git(&repository, &["show", "-s", "--format=%an <%ae> %cn%n%B", "main"]);
    assert!(shown.starts_with("Deploy Bot <bot@example.org> Deploy Bot\n"), "{shown}");
    assert!(shown.contains(&format!("Dploy-Deployment: {}", deploy["deploymentId"].as_str().unwrap())), "{shown}");
    let files = git(&repository, &["ls-tree", "-r", "--name-only", "main"]);
    assert!(files.contains("environments/production/apps/web/web.yaml") && !files.contains("version.yml"), "{files}");

    let health: Value = server.http.get(format!("{}/health", server.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(health["status"], "healthy", "{health}");
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s58_w25_a_stop_finishes_its_work_and_the_next_start_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    server.post("/apps", json!({ "name": "web" }), 201).await;
    server.publish("1", &[("web.yaml", MANIFEST)]).await;
    let deploy = server.post("/apps/web/versions/1/deploy", json!({ "environment": "staging" }), 202).await;
    tokio::time::timeout(Duration::from_secs(60), server.end()).await.unwrap();

    let server = start(folder.path()).await;
    let done = server.finished(&deploy).await;
    assert_eq!(done["status"], "success", "{done}");
    let (_, app) = server.ask(Method::GET, "/apps/web", Value::Null).await;
    assert_eq!(app["currentVersion"], json!({ "staging": "1" }));
    let (_, targets) = server.ask(Method::GET, "/targets", Value::Null).await;
    assert_eq!(targets["total"], 2, "declared once");
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s04_health_tells_that_the_remote_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    std::fs::rename(folder.path().join("gitops.git"), folder.path().join("gone.git")).unwrap();
    let response = server.http.get(format!("{}/health", server.url)).send().await.unwrap();
    assert_eq!(response.status(), 503);
    let health: Value = response.json().await.unwrap();
    assert!(health["checks"]["gitops"].as_str().unwrap().starts_with("error: "), "{health}");
    assert_eq!(health["checks"]["database"], "ok");
    server.end().await;
}
