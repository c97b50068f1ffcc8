use std::{
    error::Error as _,
    sync::{Arc, OnceLock},
};

use dploy_auth::{
    AdminRule, Authenticator, Claims, Error, IdentityRules, bearer,
    testing::{MockTokenVerifier, SigningKey},
    token::{self, Algorithm, KeysUnavailable},
};
use dploy_core::{
    error::{Classify, ErrorKind},
    id::OwnerId,
    identity::Identity,
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::stand::{AUDIENCE, ISSUER, NOW, claims, key, verifier};

/// The outcome for a token with `changes` and for `rules`.
async fn identify(rules: IdentityRules, changes: Value) -> Result<Identity, Error> {
    let key = key(Algorithm::Es256);
    let authenticator = Authenticator::new(Arc::new(verifier(&[key.jwk().unwrap()])), rules);
    let header = format!("Bearer {}", key.sign(&claims(changes)).unwrap());
    authenticator.authenticate(Some(&header)).await
}

#[rstest]
#[case::no_header(None, "Missing Authorization header")]
#[case::empty(Some(String::new()), "Invalid Authorization header format")]
#[case::basic(Some("Basic dXNlcjpwYXNz".to_owned()), "Invalid Authorization header format")]
#[case::scheme_only(Some("Bearer".to_owned()), "Invalid Authorization header format")]
#[case::no_token(Some("Bearer  ".to_owned()), "Invalid Authorization header format")]
#[case::garbage(Some("Bearer x".to_owned()), "token parsing failed")]
#[case::expired(signed(shared_key(), json!({ "exp": NOW })), "token parsing failed: token is expired")]
#[case::unknown_key(signed(key(Algorithm::Es256), json!({})), "token parsing failed")]
#[case::unsigned(Some(format!("Bearer {}.{}.", "eyJhbGciOiJub25lIn0", "e30")), "token parsing failed")]
#[tokio::test]
async fn s02_d12_who_is_not_authenticated_is_told_nothing_about_the_provider(
    #[case] header: Option<String>,
    #[case] message: &str,
) {
    let trusted = shared_key();
    let authenticator = Authenticator::new(Arc::new(verifier(&[trusted.jwk().unwrap()])), IdentityRules::default());
    let refused = authenticator.authenticate(header.as_deref()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.public_message().as_str()), (ErrorKind::Unauthenticated, message));
    for secret in [ISSUER, AUDIENCE, trusted.id(), "example.com"] {
        assert!(!refused.public_message().contains(secret));
    }
}

/// One key for the whole test binary, so that a case can be signed before its test runs.
fn shared_key() -> SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| key(Algorithm::Es256)).clone()
}

fn signed(key: SigningKey, changes: Value) -> Option<String> {
    Some(format!("Bearer {}", key.sign(&claims(changes)).unwrap()))
}

#[rstest]
#[case(json!({ "iss": "https://evil.example.com" }))]
#[case(json!({ "aud": "other" }))]
#[case(json!({ "nbf": NOW + 1000 }))]
#[case(json!({ "exp": null }))]
#[tokio::test]
async fn s02_a_well_signed_token_that_breaks_a_rule_is_refused_without_details(#[case] changes: Value) {
    let refused = identify(IdentityRules::default(), changes).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Unauthenticated, "invalid_token"));
    assert_eq!(refused.public_message(), "token parsing failed");
    assert!(refused.source().is_some(), "the log gets the reason");
}

#[rstest]
#[case(json!({ "name": null }))]
#[case(json!({ "name": "" }))]
#[case(json!({ "name": 7 }))]
#[case(json!({ "name": ["john"] }))]
#[case(json!({ "name": "Ñ ß" }))]
#[case(json!({ "name": "..." }))]
#[tokio::test]
async fn s03_a_token_without_a_usable_user_name_is_refused(#[case] changes: Value) {
    let refused = identify(IdentityRules::default(), changes).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Unauthenticated, "invalid_claim"));
    assert_eq!(refused.public_message(), "missing or invalid name claim");
}

#[rstest]
#[case("John.Doe@Example.com", "john-doe-example-com", "john-doe-example-com")]
#[case("José García", "josgarca", "josgarca")]
#[case("-ann-", "-ann-", "ann")]
#[tokio::test]
async fn s03_a_user_name_is_sanitised_as_documented(#[case] name: &str, #[case] username: &str, #[case] key: &str) {
    let caller = identify(IdentityRules::default(), json!({ "name": name })).await.unwrap();
    assert_eq!((caller.username.as_str(), caller.personal.key.as_str()), (username, key));
    assert_eq!(caller.issuer, ISSUER);
    assert_eq!(caller.claims["name"].as_value(), name);
    assert!(!caller.admin);
}

#[rstest]
#[case::by_default(json!({}), "sub", "42")]
#[case::number(json!({ "sub": 42 }), "sub", "42")]
#[case::none(json!({ "sub": null }), "name", "John.Doe@Example.com")]
#[case::empty(json!({ "sub": "" }), "name", "John.Doe@Example.com")]
#[tokio::test]
async fn a_person_is_identified_by_the_owner_claim(#[case] changes: Value, #[case] claim: &str, #[case] value: &str) {
    let caller = identify(IdentityRules::default(), changes).await.unwrap();
    assert_eq!(caller.personal.id, OwnerId::derive(ISSUER, claim, value));
}

#[rstest]
#[case(json!(true))]
#[case(json!(["42"]))]
#[case(json!({ "id": "42" }))]
#[tokio::test]
async fn an_owner_claim_of_another_shape_is_refused(#[case] value: Value) {
    let refused = identify(IdentityRules::default(), json!({ "sub": value })).await.unwrap_err();
    assert_eq!(refused.public_message(), "missing or invalid sub claim");
}

#[tokio::test]
async fn claims_are_chosen_by_configuration() {
    let rules = IdentityRules {
        username_claim: "preferred_username".to_owned(),
        owner_claim: "employee".to_owned(),
        admin: AdminRule::parse(Some("groups"), Some("ops")).unwrap(),
    };
    let changes = json!({ "preferred_username": "jd", "employee": "E7", "groups": ["dev", "ops", "dev"] });
    let caller = identify(rules, changes).await.unwrap();
    assert_eq!((caller.username.as_str(), caller.admin), ("jd", true));
    assert_eq!(caller.personal.id, OwnerId::derive(ISSUER, "employee", "E7"));
    let groups = caller.owners_by_claim("groups");
    assert_eq!(groups.iter().map(|group| group.key.as_str()).collect::<Vec<_>>(), ["dev", "ops"]);
    assert!(groups.iter().all(|group| group.id != caller.personal.id));
}

#[tokio::test]
async fn d02_users_of_one_readable_name_are_different_owners() {
    let rules = || IdentityRules { owner_claim: "name".to_owned(), ..IdentityRules::default() };
    let dotted = identify(rules(), json!({ "name": "john.doe" })).await.unwrap();
    let dashed = identify(rules(), json!({ "name": "john-doe" })).await.unwrap();
    assert_eq!(dotted.personal.key, dashed.personal.key);
    assert_ne!(dotted.personal.id, dashed.personal.id);
}

#[rstest]
#[case("Bearer abc", Some("abc"))]
#[case("bearer abc", Some("abc"))]
#[case("BEARER  abc ", Some("abc"))]
#[case("Bearer a b", None)]
#[case("Bearerabc", None)]
#[case("Bearer", None)]
#[case("Bearer\tabc", None)]
#[case("Token abc", None)]
#[case("", None)]
fn a_bearer_header_is_scheme_and_token(#[case] header: &str, #[case] token: Option<&str>) {
    assert_eq!(bearer(header).ok(), token);
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_our_failure_not_the_callers() {
    let mut mock = MockTokenVerifier::new();
    mock.expect_verify().returning(|_| {
        let cause = std::io::Error::other("connect to https://id.example.com/jwks");
        Err(token::Error::Keys(KeysUnavailable::new(cause)))
    });
    let authenticator = Authenticator::new(Arc::new(mock), IdentityRules::default());
    let failure = authenticator.authenticate(Some("Bearer x")).await.unwrap_err();
    assert_eq!((failure.kind(), failure.code()), (ErrorKind::Unavailable, "keys_unavailable"));
    assert!(!failure.public_message().contains("example.com"));
}

#[tokio::test]
async fn nobody_is_asked_about_a_header_without_token() {
    let mut silent = MockTokenVerifier::new();
    silent.expect_verify().never().returning(|_| Ok(Claims::new(String::new(), Default::default())));
    let authenticator = Authenticator::new(Arc::new(silent), IdentityRules::default());
    assert!(authenticator.authenticate(None).await.is_err());
    assert!(authenticator.authenticate(Some("Basic x")).await.is_err());
}
