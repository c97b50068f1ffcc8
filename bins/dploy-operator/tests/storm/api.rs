//! Servers of the HTTP interface as processes of their own, and their clients.

use std::{net::SocketAddr, process::Command};

use dploy_api::Config;
use kube::Client;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    harness::eventually,
    process::{self, Process},
    site::{RUNTIME, Site},
};

/// Tells a child that it is a server.
const SERVES: &str = "TEST_SERVES";

/// Not a test by itself: the process that tests start.
#[test]
fn child_that_serves() {
    if std::env::var(SERVES).is_err() {
        return;
    }
    std::thread::spawn(|| {
        // The end of standard input is the end of the test process.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::stderr).init();
    RUNTIME.block_on(async {
        let client = Client::try_default().await.unwrap();
        dploy_api::run(Config::from_env().unwrap(), Some(client), CancellationToken::new()).await.unwrap();
    });
}

/// A server process; dropped, it is killed.
pub struct Api {
    pub process: Process,
    pub url: String,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<String>,
    pub body: Value,
    pub text: String,
}

impl Api {
    pub fn start(site: &Site, user: &str, env: &[(&str, &str)]) -> Self {
        Self::start_at(site, user, env, process::free_addresses())
    }

    /// Starts a server at the first of two addresses.
    pub fn start_at(site: &Site, user: &str, env: &[(&str, &str)], addresses: [SocketAddr; 2]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "api::child_that_serves", "--nocapture"]);
        let (jwks, issuer, port) = (site.jwks_url(), site.issuer(), addresses[0].port().to_string());
        let own = [
            (SERVES, "yes"),
            ("JWKS_URL", jwks.as_str()),
            ("JWT_ISSUER", issuer.as_str()),
            ("SERVER_HOST", "127.0.0.1"),
            ("SERVER_PORT", port.as_str()),
            // An answer is a decision here, not a time-out.
            ("CLAIM_WAIT", "20s"),
        ];
        let process = Process::spawn_at(command, site, user, &[&own, env].concat(), addresses);
        Self { process, url: format!("http://{}", addresses[0]) }
    }

    /// Waits until it serves what the cluster holds.
    pub async fn ready(self) -> Self {
        let client = People::of(&[&self]);
        eventually("the server is ready", || async {
            let answer = client.ask(0, Method::GET, "/ready", "").await.ok()?;
            (answer.status == StatusCode::OK).then_some(())
        })
        .await;
        self
    }
}

/// Clients of one or more servers.
#[derive(Clone)]
pub struct People {
    http: reqwest::Client,
    urls: Vec<String>,
}

impl People {
    pub fn of(servers: &[&Api]) -> Self {
        let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(120)).build().unwrap();
        Self { http, urls: servers.iter().map(|server| server.url.clone()).collect() }
    }

    /// Asks the `n`-th server, counted round and round.
    pub async fn ask(&self, n: usize, method: Method, path: &str, token: &str) -> reqwest::Result<Answer> {
        let url = format!("{}{path}", self.urls[n % self.urls.len()]);
        let response = self.http.request(method, url).bearer_auth(token).send().await?;
        let status = response.status();
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer { status, retry_after, body, text })
    }

    pub async fn create(&self, n: usize, template: &str, token: &str) -> reqwest::Result<Answer> {
        self.ask(n, Method::POST, &format!("/api/run/{template}"), token).await
    }

    pub async fn status(&self, n: usize, template: &str, token: &str) -> reqwest::Result<Answer> {
        self.ask(n, Method::GET, &format!("/api/run/{template}/status"), token).await
    }

    pub async fn extend(&self, n: usize, template: &str, token: &str) -> reqwest::Result<Answer> {
        self.ask(n, Method::POST, &format!("/api/run/{template}/extend"), token).await
    }

    pub async fn release(&self, n: usize, template: &str, token: &str) -> reqwest::Result<Answer> {
        self.ask(n, Method::DELETE, &format!("/api/run/{template}"), token).await
    }

    /// Waits until every server has heard of the templates.
    pub async fn know(&self, templates: &[&str]) {
        for n in 0..self.urls.len() {
            eventually("the catalog has the templates", || async {
                for template in templates {
                    // It is in nobody's environments yet, and an unknown template answers otherwise.
                    let answer = self.ask(n, Method::GET, "/api/environments/available", "").await.ok()?;
                    answer.body.as_array()?.iter().find(|entry| entry["name"] == **template)?;
                }
                Some(())
            })
            .await;
        }
    }
}
