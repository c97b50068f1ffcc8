//! Who uses the server, over HTTP.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::error::Error;

/// A client with a key.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    server: String,
    key: &'static str,
}

/// A version that is there.
pub(super) const VERSION: &str = "v1";

impl Client {
    pub(super) fn new(server: &str, key: &'static str) -> Self {
        Self { http: reqwest::Client::new(), server: server.to_owned(), key }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/api/v1{path}", self.server)).header("x-api-key", self.key)
    }

    /// The answer's status and body.
    async fn sent(what: &str, request: RequestBuilder) -> Result<(StatusCode, String), Error> {
        let failed = |source| Error::Request { what: what.to_owned(), source };
        let answer = request.send().await.map_err(failed)?;
        Ok((answer.status(), answer.text().await.map_err(failed)?))
    }

    /// The body of an answer that is good.
    async fn good(what: &str, request: RequestBuilder) -> Result<Value, Error> {
        let (status, body) = Self::sent(what, request).await?;
        if status.is_success() {
            return Ok(serde_json::from_str(&body).unwrap_or_default());
        }
        Err(Error::Answer { what: what.to_owned(), answer: format!("{status} {body}") })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Error> {
        Self::good(path, self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        Self::good(path, self.request(Method::POST, path).json(body)).await
    }

    pub(super) async fn register(&self, app: &str) -> Result<(), Error> {
        self.post("/apps", &json!({ "name": app })).await.map(drop)
    }

    /// Drafts a version; where to upload its archive to.
    pub(super) async fn draft(&self, app: &str, version: &str) -> Result<String, Error> {
        let metadata = json!({
            "gitSha": "0123456789abcdef0123456789abcdef01234567",
            "gitBranch": "main",
            "gitCommitter": "bench@example.org",
            "buildNumber": "1",
            "timestamp": "2026-01-01T00:00:00Z",
        });
        let request = json!({ "versionId": version, "metadata": metadata });
        let drafted = self.post(&format!("/apps/{app}/versions/draft"), &request).await?;
        Ok(drafted.get("uploadUrl").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Uploads an archive; whether it was taken.
    pub(super) async fn upload(&self, url: &str, archive: Vec<u8>) -> Result<bool, Error> {
        Ok(Self::sent("an upload", self.http.put(url).body(archive)).await?.0.is_success())
    }

    pub(super) async fn publish(&self, app: &str, version: &str) -> Result<(), Error> {
        self.post(&format!("/apps/{app}/versions/{version}/publish"), &json!({})).await.map(drop)
    }

    /// Publishes what may be refused; whether it was taken.
    pub(super) async fn try_publish(&self, app: &str, version: &str) -> Result<bool, Error> {
        let path = format!("/apps/{app}/versions/{version}/publish");
        let (status, answer) = Self::sent(&path, self.request(Method::POST, &path)).await?;
        if status.is_server_error() {
            return Err(Error::Answer { what: path, answer: format!("{status} {answer}") });
        }
        Ok(status.is_success())
    }

    /// An application with a version that is drafted and uploaded.
    pub(super) async fn uploaded(&self, app: &str) -> Result<(), Error> {
        self.register(app).await?;
        let url = self.draft(app, VERSION).await?;
        match self.upload(&url, super::archive::packed(app)?).await? {
            true => Ok(()),
            false => Err(Error::Answer { what: "an upload".to_owned(), answer: "a refusal".to_owned() }),
        }
    }

    /// An application with a version that is published.
    pub(super) async fn published(&self, app: &str) -> Result<(), Error> {
        self.uploaded(app).await?;
        self.publish(app, VERSION).await
    }

    /// Queues a deployment; its id.
    pub(super) async fn queue(&self, app: &str) -> Result<String, Error> {
        let path = format!("/apps/{app}/versions/{VERSION}/deploy");
        let queued = self.post(&path, &json!({ "environment": "staging" })).await?;
        Ok(queued.get("deploymentId").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// The deployment when it has come to its end.
    pub(super) async fn ended(&self, id: &str) -> Result<Value, Error> {
        self.get(&format!("/deployments/{id}?wait=60s")).await
    }

    /// Deploys and waits for the end.
    pub(super) async fn deploy(&self, app: &str) -> Result<(), Error> {
        let id = self.queue(app).await?;
        let ended = self.ended(&id).await?;
        match succeeded(&ended) {
            true => Ok(()),
            false => Err(Error::Answer { what: format!("the deployment of {app}"), answer: ended.to_string() }),
        }
    }
}

/// Whether a deployment did what it was to do.
pub(super) fn succeeded(deployment: &Value) -> bool {
    deployment.get("state").and_then(Value::as_str) == Some("succeeded")
}
