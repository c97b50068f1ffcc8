//! Who uses the program, by HTTP alone.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{site::KEY, versions::packed};

/// How long an answer may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody with a key. Clones use the same server, which may come back at another address.
#[derive(Clone, Debug)]
pub(crate) struct User {
    http: Client,
    url: Arc<Mutex<String>>,
}

/// An answer: its status and its body.
pub(crate) type Answer = (u16, Value);

impl User {
    pub(crate) fn new(url: &str) -> Self {
        // A server that refuses an upload closes the connection, which is not to be used again.
        let http = Client::builder().timeout(PATIENCE).pool_max_idle_per_host(0).build().unwrap();
        Self { http, url: Arc::new(Mutex::new(url.to_owned())) }
    }

    /// From now on the server is there.
    pub(crate) fn moves_to(&self, url: &str) {
        url.clone_into(&mut self.url.lock().unwrap());
    }

    /// Asks with the key; an error where the server went away meanwhile.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Value) -> reqwest::Result<Answer> {
        let url = format!("{}/api/v1{path}", self.url.lock().unwrap());
        let request = self.http.request(method, url).bearer_auth(KEY);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, serde_json::from_slice(&response.bytes().await?).unwrap_or_default()))
    }

    /// The body of a success of that status.
    pub(crate) async fn post(&self, path: &str, body: Value, status: u16) -> Value {
        let (found, body) = self.ask(Method::POST, path, body).await.unwrap();
        assert_eq!(found, status, "{path}: {body}");
        body
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, Value::Null).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn register(&self, app: &str) {
        self.post("/apps", json!({ "name": app }), 201).await;
    }

    /// Has every version go to that target.
    pub(crate) async fn policy(&self, app: &str, name: &str, target: &str) {
        let policy = json!({ "name": name, "gitBranchPattern": "main", "targetEnvironment": target });
        self.post(&format!("/apps/{app}/policies"), policy, 201).await;
    }

    /// Drafts a version and uploads that archive; the answer to the last of both.
    pub(crate) async fn uploaded(&self, app: &str, version: &str, archive: Vec<u8>) -> reqwest::Result<Answer> {
        let metadata = json!({
            "gitSha": "42540c4", "gitBranch": "main", "gitCommitter": "Ada", "timestamp": "2020-09-13T12:26:40Z",
        });
        let draft = json!({ "versionId": version, "metadata": metadata });
        let (status, drafted) = self.ask(Method::POST, &format!("/apps/{app}/versions/draft"), draft).await?;
        let Some(url) = drafted["uploadUrl"].as_str().filter(|_| status == 201) else { return Ok((status, drafted)) };
        let response = self.http.put(url).body(archive).send().await?;
        let status = response.status().as_u16();
        Ok((status, serde_json::from_slice(&response.bytes().await?).unwrap_or_default()))
    }

    pub(crate) async fn publish(&self, app: &str, version: &str) -> reqwest::Result<Answer> {
        self.ask(Method::POST, &format!("/apps/{app}/versions/{version}/publish"), json!({})).await
    }

    /// Takes a version from nothing to published: the first answer that is no success, or the last.
    pub(crate) async fn released(&self, app: &str, version: &str) -> reqwest::Result<Answer> {
        match self.uploaded(app, version, packed(app, version).to_vec()).await? {
            (200, _) => self.publish(app, version).await,
            other => Ok(other),
        }
    }

    pub(crate) async fn deploy(&self, app: &str, version: &str) -> reqwest::Result<Answer> {
        let path = format!("/apps/{app}/versions/{version}/deploy");
        self.ask(Method::POST, &path, json!({ "environment": "staging" })).await
    }

    /// The deployment when it is final.
    pub(crate) async fn finished(&self, id: &str) -> Value {
        let path = format!("/deployments/{id}?wait=30s");
        for _ in 0..20 {
            let found = self.get(&path).await;
            if !matches!(found["state"].as_str().unwrap(), "queued" | "running") {
                return found;
            }
        }
        panic!("deployment {id} is stuck");
    }
}
