use dploy_auth::{HttpJwks, JwksVerifier, SystemClock, TokenRules, testing::Provider};
use rstest::rstest;

use super::*;

async fn with_provider() -> (Provider, Router) {
    let provider = Provider::start().await.unwrap();
    let clock = Arc::new(SystemClock);
    let platform = MemoryPlatform::new(clock.clone());
    let keys = Arc::new(HttpJwks::new(&provider.jwks_url()).unwrap());
    let rules = TokenRules { issuer: provider.issuer().to_owned(), audience: provider.audience().to_owned() };
    let verifier = Arc::new(JwksVerifier::new(keys, clock.clone(), rules));
    let state = State {
        environments: Arc::new(Environments::new(platform.clone(), platform, clock, Options::default())),
        authenticator: Authenticator::new(verifier, IdentityRules::default()),
        features: Features::default(),
        metrics: Metrics::default(),
        readiness: Readiness::ready(),
        stop: CancellationToken::new(),
    };
    (provider, app(Surface { environments: Some(state), ..Surface::default() }))
}

async fn me(router: &Router, authorization: &str) -> Answer {
    answer(router.clone(), request(Method::GET, "/api/me", authorization, "")).await
}

#[tokio::test]
async fn s03_the_user_name_is_sanitised_and_required() {
    let (provider, router) = with_provider().await;
    let token = provider.token(json!({ "sub": "1", "name": "John.Doe@Example.com" })).unwrap();
    let known = me(&router, &format!("Bearer {token}")).await;
    let expected = json!({ "username": "john-doe-example-com", "owner": "john-doe-example-com", "admin": false });
    assert_eq!((known.status, known.body), (StatusCode::OK, expected));
    let nameless = provider.token(json!({ "sub": "1" })).unwrap();
    assert_eq!(me(&router, &format!("Bearer {nameless}")).await.told(), (401, "missing or invalid name claim"));
}

#[rstest]
#[case("", "Missing Authorization header")]
#[case("Basic x", "Invalid Authorization header format")]
#[case("Bearer", "Invalid Authorization header format")]
#[case("Bearer nonsense", "token parsing failed")]
#[tokio::test]
async fn s02_a_request_without_a_usable_token_is_401(#[case] header: &str, #[case] error: &str) {
    let (_provider, router) = with_provider().await;
    for path in ["/api/me", "/api/environments", "/api/run/x", "/api/run/x/status", "/api/admin/instances"] {
        let refused = answer(router.clone(), request(Method::GET, path, header, "")).await;
        assert_eq!(refused.told(), (401, error), "{path}");
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
    }
}

#[rstest]
#[case(json!({ "exp": 1 }))]
#[case(json!({ "iss": "https://other.example.org" }))]
#[case(json!({ "aud": "other" }))]
#[case(json!({ "exp": null }))]
#[tokio::test]
async fn s02_a_token_that_is_not_ours_is_401_and_the_answer_reveals_nothing(#[case] claims: Value) {
    let (provider, router) = with_provider().await;
    let mut all = json!({ "sub": "1", "name": "alice" });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let refused = me(&router, &format!("Bearer {}", provider.token(all).unwrap())).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let error = refused.error();
    assert!(error.starts_with("token parsing failed"), "{error}");
    for secret in [provider.issuer(), provider.audience(), provider.key().id(), "other"] {
        assert!(!error.contains(secret), "{error}");
    }
}

#[tokio::test]
async fn s04_a_new_key_is_accepted_without_a_restart() {
    let (provider, router) = with_provider().await;
    provider.rotate().unwrap();
    let token = provider.token(json!({ "sub": "1", "name": "alice" })).unwrap();
    assert_eq!(me(&router, &format!("Bearer {token}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn s10_without_its_provider_the_server_serves_and_says_when_to_retry() {
    let (provider, router) = with_provider().await;
    let token = provider.token(json!({ "sub": "1", "name": "alice" })).unwrap();
    provider.down().await;
    let refused = me(&router, &format!("Bearer {token}")).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers.contains_key("retry-after"));
    let public = answer(router.clone(), request(Method::GET, "/api/environments/available", "", "")).await;
    assert_eq!(public.status, StatusCode::OK);
}
