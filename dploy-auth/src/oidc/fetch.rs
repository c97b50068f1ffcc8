use std::time::Duration;

use reqwest::{Client, ClientBuilder, Response, Url, redirect::Policy};

use super::Error;
use crate::token::KeySet;

/// How patiently and how often a key set is fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchLimits {
    /// Longest time to connect (3 s).
    pub connect_timeout: Duration,
    /// Longest time for the whole request, body included (5 s).
    pub timeout: Duration,
    /// Largest document, in bytes (512 KiB).
    pub max_bytes: usize,
    /// Shortest time between two fetches that unknown keys cause (10 s).
    pub refetch_interval: Duration,
    /// Shortest time between a failed fetch and the next one (2 s).
    pub retry_interval: Duration,
    /// Age from which a key set that is in use is fetched anew, so that withdrawn keys go (5 min).
    pub max_age: Duration,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(5),
            max_bytes: 512 * 1024,
            refetch_interval: Duration::from_secs(10),
            retry_interval: Duration::from_secs(2),
            max_age: Duration::from_secs(300),
        }
    }
}

/// One address that a key set is fetched from.
#[derive(Debug)]
pub(super) struct Fetcher {
    client: Client,
    url: Url,
    max_bytes: usize,
}

impl Fetcher {
    pub(super) fn new(url: &str, limits: &FetchLimits) -> Result<Self, Error> {
        let parsed = Url::parse(url).ok().filter(|parsed| matches!(parsed.scheme(), "http" | "https"));
        let url = parsed.ok_or_else(|| Error::Url(url.to_owned()))?;
        let client = client(&url, limits).map_err(Error::Client)?;
        Ok(Self { client, url, max_bytes: limits.max_bytes })
    }

    pub(super) async fn fetch(&self) -> Result<KeySet, Error> {
        let response = self.client.get(self.url.clone()).send().await.map_err(Error::Request)?;
        if response.status() != 200 {
            return Err(Error::Status(response.status().as_u16()));
        }
        KeySet::parse(&self.body(response).await?).map_err(Error::Malformed)
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Error::Request)? {
            if body.len() + chunk.len() > self.max_bytes {
                return Err(Error::TooLarge(self.max_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn client(url: &Url, limits: &FetchLimits) -> Result<Client, reqwest::Error> {
    let secure = url.scheme() == "https";
    let built = builder(limits).https_only(secure).build();
    // An image without CA certificates can still talk to a provider inside its own network.
    if secure { built } else { built.or_else(|_| builder(limits).tls_certs_only([]).build()) }
}

fn builder(limits: &FetchLimits) -> ClientBuilder {
    Client::builder()
        .connect_timeout(limits.connect_timeout)
        .timeout(limits.timeout)
        .redirect(Policy::limited(3))
        // Fetches are minutes apart: a connection kept for them would mostly be found closed.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("dploy/", env!("CARGO_PKG_VERSION")))
}
