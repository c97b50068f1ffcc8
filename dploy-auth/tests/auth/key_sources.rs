use std::{sync::Arc, time::Duration};

use dploy_auth::{
    HttpJwks, JwksVerifier, KeySource, SystemClock, TokenRules, TokenVerifier,
    oidc::FetchLimits,
    testing::{Provider, SigningKey},
    token::{Algorithm, Error},
};
use dploy_core::error::{Classify, ErrorKind};
use futures::future::join_all;
use rstest::rstest;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::stand::key;

/// Limits whose waits a test can sit out.
fn quick() -> FetchLimits {
    FetchLimits {
        refetch_interval: Duration::from_millis(100),
        retry_interval: Duration::from_millis(50),
        ..FetchLimits::default()
    }
}

fn verifier(provider: &Provider, limits: FetchLimits) -> JwksVerifier {
    let keys = HttpJwks::with_limits(&provider.jwks_url(), limits).unwrap();
    let rules = TokenRules { issuer: provider.issuer().to_owned(), audience: provider.audience().to_owned() };
    JwksVerifier::new(Arc::new(keys), Arc::new(SystemClock), rules)
}

fn token(provider: &Provider) -> String {
    provider.token(json!({ "sub": "42" })).unwrap()
}

/// A token of that provider, but signed with a key that it never published.
fn foreign_token(provider: &Provider) -> String {
    let key = key(Algorithm::Es256);
    key.sign(&json!({ "iss": provider.issuer(), "aud": "dploy", "exp": 4_000_000_000_u32 })).unwrap()
}

#[tokio::test]
async fn s04_a_new_key_is_accepted_without_restart_after_one_refetch() {
    let provider = Provider::start().await.unwrap();
    let verifier = verifier(&provider, FetchLimits::default());
    let old = token(&provider);
    verifier.verify(&old).await.unwrap();
    assert_eq!(provider.fetches(), 1);

    provider.rotate().unwrap();
    let new = token(&provider);
    let outcomes = join_all((0..50).map(|_| verifier.verify(&new))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(provider.fetches(), 2);

    assert!(matches!(verifier.verify(&old).await, Err(Error::UnknownKey)), "a withdrawn key verifies nothing");
}

#[tokio::test]
async fn a_storm_of_unknown_keys_causes_one_refetch() {
    let provider = Provider::start().await.unwrap();
    let verifier = verifier(&provider, FetchLimits::default());
    let storm: Vec<String> = (0..100).map(|_| foreign_token(&provider)).collect();
    for _ in 0..3 {
        let outcomes = join_all(storm.iter().map(|token| verifier.verify(token))).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::UnknownKey))));
    }
    assert_eq!(provider.fetches(), 2, "the first one and one more");
    verifier.verify(&token(&provider)).await.unwrap();
}

#[tokio::test]
async fn a_key_that_comes_after_a_storm_is_accepted_when_the_limit_allows() {
    let provider = Provider::start().await.unwrap();
    let verifier = verifier(&provider, quick());
    assert!(verifier.verify(&foreign_token(&provider)).await.is_err());
    provider.rotate().unwrap();
    let new = token(&provider);
    eventually(async || verifier.verify(&new).await.is_ok()).await;
}

#[tokio::test]
async fn first_tokens_share_one_fetch() {
    let provider = Provider::start().await.unwrap();
    let (verifier, token) = (verifier(&provider, FetchLimits::default()), token(&provider));
    assert!(join_all((0..100).map(|_| verifier.verify(&token))).await.iter().all(Result::is_ok));
    assert_eq!(provider.fetches(), 1);
}

#[tokio::test]
async fn a_service_starts_while_the_provider_is_down_and_serves_when_it_is_up() {
    let provider = Provider::start().await.unwrap();
    provider.down().await;
    let verifier = verifier(&provider, quick());
    let refused = verifier.verify(&token(&provider)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Unavailable, "keys_unavailable"));

    provider.up().await.unwrap();
    tokio::time::sleep(quick().retry_interval).await;
    verifier.verify(&token(&provider)).await.unwrap();
}

#[tokio::test]
async fn known_keys_work_while_the_provider_is_down() {
    let provider = Provider::start().await.unwrap();
    let limits = FetchLimits { max_age: Duration::ZERO, ..quick() };
    let verifier = verifier(&provider, limits);
    verifier.verify(&token(&provider)).await.unwrap();
    provider.down().await;
    for _ in 0..5 {
        verifier.verify(&token(&provider)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    tokio::time::sleep(quick().refetch_interval).await;
    let unknown = verifier.verify(&foreign_token(&provider)).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Unavailable, "nobody can tell whether that key is new");
    verifier.verify(&token(&provider)).await.unwrap();
}

#[tokio::test]
async fn keys_in_use_are_renewed_in_the_background() {
    let provider = Provider::start().await.unwrap();
    let limits = FetchLimits { max_age: Duration::from_millis(50), ..quick() };
    let verifier = verifier(&provider, limits);
    let old = token(&provider);
    verifier.verify(&old).await.unwrap();
    provider.rotate().unwrap();
    tokio::time::sleep(Duration::from_millis(60)).await;
    verifier.verify(&old).await.unwrap();
    eventually(async || matches!(verifier.verify(&old).await, Err(Error::UnknownKey))).await;
}

async fn eventually(holds: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("does not come true");
}

/// Key sets from a server that answers with `response`.
async fn served(response: ResponseTemplate, limits: FetchLimits) -> (MockServer, HttpJwks) {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(response).mount(&server).await;
    let keys = HttpJwks::with_limits(&server.uri(), limits).unwrap();
    (server, keys)
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up_and_asked_once() {
    let limits = FetchLimits { timeout: Duration::from_millis(300), ..FetchLimits::default() };
    let (server, keys) = served(ResponseTemplate::new(200).set_delay(Duration::from_secs(60)), limits).await;
    let started = std::time::Instant::now();
    let outcomes = join_all((0..20).map(|_| keys.keys())).await;
    assert!(outcomes.iter().all(Result::is_err));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_take_the_keys_with_it() {
    let slow = ResponseTemplate::new(200).set_body_json(json!({ "keys": [] })).set_delay(Duration::from_millis(100));
    let (server, keys) = served(slow, FetchLimits::default()).await;
    tokio::time::timeout(Duration::from_millis(20), keys.keys()).await.unwrap_err();
    assert!(keys.keys().await.unwrap().is_empty());
    assert_eq!(requests(&server).await, 1);
}

#[rstest]
#[case::too_large(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 600 * 1024]))]
#[case::no_key_set(ResponseTemplate::new(200).set_body_string("<html>"))]
#[case::failing(ResponseTemplate::new(500).set_body_json(json!({ "keys": [] })))]
#[case::created(ResponseTemplate::new(201).set_body_json(json!({ "keys": [] })))]
#[tokio::test]
async fn an_answer_that_is_no_key_set_is_a_failure(#[case] response: ResponseTemplate) {
    let (_server, keys) = served(response, FetchLimits::default()).await;
    assert!(keys.keys().await.is_err());
}

#[tokio::test]
async fn a_broken_answer_does_not_replace_known_keys() {
    let server = MockServer::start().await;
    let key = key(Algorithm::EdDsa);
    let good = ResponseTemplate::new(200).set_body_json(json!({ "keys": [key.jwk().unwrap()] }));
    Mock::given(method("GET")).respond_with(good).up_to_n_times(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&server).await;
    let keys = HttpJwks::with_limits(&server.uri(), quick()).unwrap();
    let known = keys.keys().await.unwrap();
    tokio::time::sleep(quick().refetch_interval).await;
    assert!(keys.refresh(&known).await.is_err());
    assert!(Arc::ptr_eq(&keys.keys().await.unwrap(), &known));
}

#[rstest]
#[case("")]
#[case("jwks")]
#[case("ftp://id.example.com/jwks")]
#[case("file:///etc/passwd")]
fn an_address_that_is_not_http_is_refused(#[case] url: &str) {
    assert!(matches!(HttpJwks::new(url), Err(dploy_auth::oidc::Error::Url(given)) if given == url));
}

#[tokio::test]
async fn the_provider_describes_itself() {
    let provider = Provider::builder().algorithm(Algorithm::Rs256).audience("other").start().await.unwrap();
    let url = format!("{}/.well-known/openid-configuration", provider.issuer());
    let described: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(described["issuer"], provider.issuer());
    assert_eq!(described["jwks_uri"], provider.jwks_url());
    verifier(&provider, quick()).verify(&token(&provider)).await.unwrap();
    assert!(provider.token(json!([])).is_err());
    let secretless = format!("{:?}", SigningKey::generate(Algorithm::Es256).unwrap());
    assert!(secretless.ends_with(".. }"), "{secretless}");
}
