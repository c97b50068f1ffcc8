//! The HTTP surface over a platform in memory: routes, codes and bodies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod access;
mod administration;
mod catalog;
mod input;
mod lifecycle;
mod marks;
mod openapi;
mod ownership;
mod refused;
mod run;
mod serving;
mod surface;
mod v1;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use dploy_api::{
    Surface, app,
    config::{Features, Origins},
    environments::{Readiness, State},
    metrics::Metrics,
};
use dploy_auth::{AdminRule, Authenticator, Claims, IdentityRules, TokenVerifier, token};
use dploy_core::{
    environments::{
        service::{Environments, Options},
        template::{Template, TtlSpec},
    },
    json::Json,
    testing::{
        FixedClock, MemoryPlatform,
        builders::{CREATED, ISSUER, template},
    },
    time::Timestamp,
};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A platform in memory behind the whole interface.
struct World {
    clock: Arc<FixedClock>,
    platform: Arc<MemoryPlatform>,
    metrics: Metrics,
    router: Router,
}

#[derive(Clone)]
struct Setup {
    features: Features,
    origins: Origins,
    readiness: Readiness,
    options: Options,
}

impl Default for Setup {
    fn default() -> Self {
        let options = Options { claim_wait: Duration::from_millis(20), ..Options::default() };
        Self { features: Features::default(), origins: Origins::Any, readiness: Readiness::ready(), options }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn error(&self) -> &str {
        assert_eq!(self.headers["content-type"], "application/json");
        assert_eq!(self.body.as_object().unwrap().len(), 1, "an error has one key: {}", self.body);
        self.body["error"].as_str().unwrap()
    }

    fn told(&self) -> (u16, &str) {
        (self.status.as_u16(), self.error())
    }
}

/// Takes the token itself, a JSON object, for its claims.
#[derive(Debug)]
struct TrustingVerifier;

#[async_trait]
impl TokenVerifier for TrustingVerifier {
    async fn verify(&self, token: &str) -> Result<Claims, token::Error> {
        let claims: BTreeMap<String, Value> = serde_json::from_str(token).map_err(|_| token::Error::Signature)?;
        let claims = claims.into_iter().map(|(name, value)| (name, Json::from(value))).collect();
        Ok(Claims::new(ISSUER.to_owned(), claims))
    }
}

fn bearer(claims: &Value) -> String {
    format!("Bearer {claims}")
}

fn person(name: &str) -> String {
    bearer(&json!({ "sub": format!("subject-{name}"), "name": name }))
}

fn member(name: &str, groups: &[&str]) -> String {
    bearer(&json!({ "sub": format!("subject-{name}"), "name": name, "groups": groups }))
}

fn admin() -> String {
    bearer(&json!({ "sub": "root", "name": "root", "is_admin": true }))
}

fn world() -> World {
    world_with(Setup::default())
}

fn world_with(setup: Setup) -> World {
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(CREATED)));
    let platform = MemoryPlatform::new(clock.clone());
    let environments = Environments::new(platform.clone(), platform.clone(), clock.clone(), setup.options)
        .with_marker(platform.clone())
        .with_audit(platform.clone());
    let rules = IdentityRules { admin: AdminRule::default(), ..IdentityRules::default() };
    let state = State {
        environments: Arc::new(environments),
        authenticator: Authenticator::new(Arc::new(TrustingVerifier), rules),
        features: setup.features,
        metrics: Metrics::default(),
        readiness: setup.readiness,
        stop: CancellationToken::new(),
    };
    let metrics = state.metrics.clone();
    let surface =
        Surface { environments: Some(state), releases: None, metrics: metrics.clone(), cors: setup.origins.into() };
    World { clock, platform, metrics, router: app(surface) }
}

impl World {
    async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.router.clone(), request).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::GET, path, token, "")).await
    }

    async fn head(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::HEAD, path, token, "")).await
    }

    async fn post(&self, path: &str, token: &str, body: &str) -> Answer {
        self.send(request(Method::POST, path, token, body)).await
    }

    async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::DELETE, path, token, "")).await
    }
}

/// A request; an empty token sends no Authorization header.
fn request(method: Method, path: &str, token: &str, body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", token);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

async fn answer(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).as_ref()));
    Answer { status: parts.status, headers: parts.headers, body }
}

/// A template whose environments live a minute and can be extended twice by ten seconds.
fn limited(name: &str) -> Template {
    let ttl = TtlSpec { seconds: Some(60), extend_seconds: Some(10), max_extends: Some(2) };
    Template { ttl, ..template(name) }
}
