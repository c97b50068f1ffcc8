use dploy_auth::{
    TokenVerifier,
    token::{Algorithm, Error, KeySet},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::stand::{claims, key, key_set, verifier};

/// The key's JWK with `changes`: null removes a member.
fn changed(jwk: &Value, changes: Value) -> Value {
    let mut jwk = jwk.clone();
    let all = jwk.as_object_mut().unwrap();
    all.extend(changes.as_object().unwrap().clone());
    all.retain(|_, value| !value.is_null());
    jwk
}

#[rstest]
#[case::as_published(json!({}), true)]
#[case::without_alg(json!({ "alg": null }), true)]
#[case::without_use(json!({ "use": null }), true)]
#[case::for_verifying(json!({ "key_ops": ["verify"] }), true)]
#[case::with_unknown_members(json!({ "x-note": { "a": 1 } }), true)]
#[case::of_another_algorithm(json!({ "alg": "RS512" }), false)]
#[case::of_an_hmac(json!({ "alg": "HS256" }), false)]
#[case::of_an_unknown_algorithm(json!({ "alg": "RS1" }), false)]
#[case::for_encryption(json!({ "use": "enc" }), false)]
#[case::for_something_else(json!({ "use": "tls" }), false)]
#[case::for_wrapping(json!({ "key_ops": ["wrapKey"] }), false)]
#[case::of_another_name(json!({ "kid": "other" }), false)]
#[case::of_another_case(json!({ "kty": "rsa" }), false)]
#[tokio::test]
async fn a_key_verifies_only_what_it_is_published_for(#[case] changes: Value, #[case] accepted: bool) {
    let key = key(Algorithm::Rs256);
    let jwk = changed(&key.jwk().unwrap(), changes);
    let outcome = verifier(&[jwk]).verify(&key.sign(&claims(json!({}))).unwrap()).await;
    assert!(if accepted { outcome.is_ok() } else { matches!(outcome, Err(Error::UnknownKey)) }, "{outcome:?}");
}

#[tokio::test]
async fn a_malformed_entry_does_not_hide_its_neighbours() {
    let key = key(Algorithm::Es384);
    let jwk = key.jwk().unwrap();
    let entries = [
        json!(null),
        json!("key"),
        json!({}),
        json!({ "kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA" }),
        changed(&jwk, json!({ "crv": "P-521", "alg": null })),
        changed(&jwk, json!({ "crv": "P-256" })),
        json!({ "kty": "RSA", "n": "!!!", "e": "AQAB" }),
        json!({ "kty": "OKP", "crv": "X25519", "x": "AA" }),
        json!({ "kty": "oct", "k": "c2VjcmV0" }),
        jwk.clone(),
    ];
    assert_eq!(key_set(&entries).len(), 1);
    assert!(verifier(&entries).verify(&key.sign(&claims(json!({}))).unwrap()).await.is_ok());
}

#[tokio::test]
async fn keys_that_share_an_id_are_all_tried() {
    let (first, second, of_other_type) = (key(Algorithm::Es256), key(Algorithm::Es256), key(Algorithm::Rs256));
    let id = json!({ "kid": second.id() });
    let published = [&of_other_type, &first].map(|key| changed(&key.jwk().unwrap(), id.clone()));
    let token = second.sign(&claims(json!({}))).unwrap();
    assert!(matches!(verifier(&published).verify(&token).await, Err(Error::Signature)));
    let [a, b] = published;
    assert!(verifier(&[a, b, second.jwk().unwrap()]).verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_token_without_key_id_is_tried_on_a_bounded_number_of_keys() {
    let (one, other) = (key(Algorithm::EdDsa), key(Algorithm::EdDsa));
    let token = one.clone().anonymous().sign(&claims(json!({}))).unwrap();
    let few = [other.jwk().unwrap(), one.jwk().unwrap()];
    assert!(verifier(&few).verify(&token).await.is_ok());
    let mut many = vec![other.jwk().unwrap(); 16];
    many.push(one.jwk().unwrap());
    assert!(matches!(verifier(&many).verify(&token).await, Err(Error::Signature)));
}

#[rstest]
#[case("")]
#[case("[]")]
#[case("{}")]
#[case(r#"{"keys": {}}"#)]
#[case("<html></html>")]
fn what_is_no_key_set_is_an_error(#[case] document: &str) {
    assert!(KeySet::parse(document.as_bytes()).is_err());
}
