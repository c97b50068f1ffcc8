//! What the tests stand on: a clock that stands still, a key, and a verifier that trusts it.

use std::sync::Arc;

use dploy_auth::{
    Claims, JwksVerifier, TokenRules, TokenVerifier,
    testing::SigningKey,
    token::{Algorithm, Error, FixedKeys, KeySet},
};
use dploy_core::{testing::FixedClock, time::Timestamp};
use serde_json::{Value, json};

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://id.example.com/realms/dev";
pub(crate) const AUDIENCE: &str = "dploy";

pub(crate) fn key_set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

pub(crate) fn verifier(keys: &[Value]) -> JwksVerifier {
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(NOW)));
    let rules = TokenRules { issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned() };
    JwksVerifier::new(Arc::new(FixedKeys::new(key_set(keys))), clock, rules)
}

/// Claims that pass, changed by `changes`: null removes a claim.
pub(crate) fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 60, "iat": NOW, "sub": "42", "name": "John.Doe@Example.com",
    });
    let all = claims.as_object_mut().unwrap();
    all.extend(changes.as_object().unwrap().clone());
    all.retain(|_, value| !value.is_null());
    claims
}

pub(crate) fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap()
}

/// What becomes of a token with `changes`, signed by the only trusted key.
pub(crate) async fn verify(changes: Value) -> Result<Claims, Error> {
    let key = key(Algorithm::Es256);
    verifier(&[key.jwk().unwrap()]).verify(&key.sign(&claims(changes)).unwrap()).await
}
