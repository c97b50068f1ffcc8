use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dploy_auth::{
    TokenVerifier,
    token::{Algorithm, Error, MAX_TOKEN_BYTES},
};
use jsonwebtoken::{EncodingKey, Header};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::stand::{AUDIENCE, ISSUER, NOW, claims, key, verifier, verify};

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn every_family_verifies_with_its_own_key_and_no_other() {
    let keys = Algorithm::ALL.map(key);
    let published: Vec<Value> = keys.iter().map(|key| key.jwk().unwrap()).collect();
    for (index, key) in keys.iter().enumerate() {
        let token = key.sign(&claims(json!({}))).unwrap();
        let verified = verifier(&published).verify(&token).await.unwrap();
        assert_eq!((verified.issuer(), verified.get("sub")), (ISSUER, Some(&json!("42"))), "{key:?}");

        let mut others = published.clone();
        others.remove(index);
        let refused = verifier(&others).verify(&token).await;
        assert!(matches!(refused, Err(Error::UnknownKey)), "{key:?}: {refused:?}");
    }
}

#[rstest]
#[case::now(json!({ "exp": NOW }), false)]
#[case::a_second_ago(json!({ "exp": NOW - 1 }), false)]
#[case::fraction_of_this_second(json!({ "exp": NOW as f64 + 0.5 }), false)]
#[case::next_second(json!({ "exp": NOW + 1 }), true)]
#[case::fraction(json!({ "exp": NOW as f64 + 1.5 }), true)]
#[case::far(json!({ "exp": 1e300 }), true)]
#[case::negative(json!({ "exp": -1 }), false)]
#[tokio::test]
async fn expiry_has_no_leeway(#[case] changes: Value, #[case] valid: bool) {
    let outcome = verify(changes).await;
    assert!(if valid { outcome.is_ok() } else { matches!(outcome, Err(Error::Expired)) }, "{outcome:?}");
}

#[rstest]
#[case(json!({ "nbf": NOW + 300 }), true)]
#[case(json!({ "nbf": NOW + 301 }), false)]
#[case(json!({ "nbf": NOW as f64 + 300.5 }), false)]
#[case(json!({ "iat": NOW + 300 }), true)]
#[case(json!({ "iat": NOW + 301 }), false)]
#[case(json!({ "iat": null, "nbf": null }), true)]
#[tokio::test]
async fn nbf_and_iat_may_lie_300_seconds_ahead(#[case] changes: Value, #[case] valid: bool) {
    let outcome = verify(changes).await;
    assert!(if valid { outcome.is_ok() } else { matches!(outcome, Err(Error::NotYetValid)) }, "{outcome:?}");
}

#[rstest]
#[case(json!({ "exp": null }), "exp")]
#[case(json!({ "exp": "1900000000" }), "exp")]
#[case(json!({ "iss": null }), "iss")]
#[case(json!({ "iss": [ISSUER] }), "iss")]
#[case(json!({ "aud": null }), "aud")]
#[case(json!({ "nbf": "soon" }), "nbf")]
#[case(json!({ "iat": true }), "iat")]
#[tokio::test]
async fn a_registered_claim_that_is_missing_or_of_another_type_is_named(#[case] changes: Value, #[case] name: &str) {
    let outcome = verify(changes).await;
    assert!(matches!(outcome, Err(Error::Claim(claim)) if claim == name), "{outcome:?}");
}

#[rstest]
#[case("https://id.example.com/realms/dev/")]
#[case("https://ID.example.com/realms/dev")]
#[case("")]
#[tokio::test]
async fn an_issuer_is_compared_exactly(#[case] issuer: &str) {
    assert!(matches!(verify(json!({ "iss": issuer })).await, Err(Error::Issuer)));
}

#[rstest]
#[case(json!(["other", AUDIENCE]), true)]
#[case(json!([AUDIENCE]), true)]
#[case(json!([1, AUDIENCE]), true)]
#[case(json!("other"), false)]
#[case(json!("dploy other"), false)]
#[case(json!([]), false)]
#[case(json!([["dploy"]]), false)]
#[case(json!({ "dploy": true }), false)]
#[tokio::test]
async fn an_audience_is_equal_or_contained(#[case] audience: Value, #[case] valid: bool) {
    let outcome = verify(json!({ "aud": audience })).await;
    assert!(if valid { outcome.is_ok() } else { matches!(outcome, Err(Error::Audience)) }, "{outcome:?}");
}

#[rstest]
#[case("none")]
#[case("None")]
#[case("NONE")]
#[case("")]
#[tokio::test]
async fn an_unsigned_token_is_refused(#[case] none: &str) {
    let key = key(Algorithm::Es256);
    let header = json!({ "alg": none, "typ": "JWT", "kid": key.id() });
    for signature in ["", "AAAA"] {
        let token = format!("{}.{}.{signature}", part(&header), part(&claims(json!({}))));
        let outcome = verifier(&[key.jwk().unwrap()]).verify(&token).await;
        assert!(matches!(outcome, Err(Error::Malformed(_))), "{outcome:?}");
    }
}

#[rstest]
#[case(jsonwebtoken::Algorithm::HS256)]
#[case(jsonwebtoken::Algorithm::HS384)]
#[case(jsonwebtoken::Algorithm::HS512)]
#[tokio::test]
async fn a_public_key_is_no_shared_secret(#[case] hmac: jsonwebtoken::Algorithm) {
    let key = key(Algorithm::Rs256);
    let jwk = key.jwk().unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let mut header = Header::new(hmac);
    header.kid = Some(key.id().to_owned());
    for secret in [modulus, jwk["n"].as_str().unwrap().as_bytes().to_vec(), jwk.to_string().into_bytes()] {
        let forged = jsonwebtoken::encode(&header, &claims(json!({})), &EncodingKey::from_secret(&secret)).unwrap();
        let shared = json!({ "kty": "oct", "kid": key.id(), "k": URL_SAFE_NO_PAD.encode(&secret) });
        let outcome = verifier(&[jwk.clone(), shared]).verify(&forged).await;
        assert!(matches!(outcome, Err(Error::Algorithm)), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_changed_payload_is_refused() {
    let key = key(Algorithm::EdDsa);
    let token = key.sign(&claims(json!({}))).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let forged = format!("{}.{}.{}", parts[0], part(&claims(json!({ "is_admin": true }))), parts[2]);
    assert!(matches!(verifier(&[key.jwk().unwrap()]).verify(&forged).await, Err(Error::Signature)));
}

#[tokio::test]
async fn a_key_inside_the_token_is_not_trusted() {
    let (ours, theirs) = (key(Algorithm::Es256), SelfSigned::new());
    let outcome = verifier(&[ours.jwk().unwrap()]).verify(&theirs.token(ours.id())).await;
    assert!(matches!(outcome, Err(Error::Signature)), "{outcome:?}");
}

/// An attacker who signs with a key of his own and sends it along, as `jwk` and by `jku`.
struct SelfSigned(Vec<u8>);

impl SelfSigned {
    fn new() -> Self {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self(pair.to_pkcs8v1().unwrap().as_ref().to_vec())
    }

    fn token(&self, kid: &str) -> String {
        let private = EncodingKey::from_ec_der(&self.0);
        let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
        header.kid = Some(kid.to_owned());
        header.jku = Some("https://attacker.example.com/jwks".to_owned());
        header.jwk = Some(jsonwebtoken::jwk::Jwk::from_encoding_key(&private, header.alg).unwrap());
        jsonwebtoken::encode(&header, &claims(json!({})), &private).unwrap()
    }
}

#[tokio::test]
async fn a_critical_header_extension_is_refused() {
    let attacker = SelfSigned::new();
    let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
    header.crit = Some(vec!["b64".to_owned()]);
    let token = jsonwebtoken::encode(&header, &claims(json!({})), &EncodingKey::from_ec_der(&attacker.0)).unwrap();
    assert!(matches!(verifier(&[]).verify(&token).await, Err(Error::Critical)));
}

#[tokio::test]
async fn a_signed_text_that_is_no_object_is_malformed() {
    let key = key(Algorithm::Es256);
    for payload in [json!([]), json!("text"), json!(null), json!(1)] {
        let outcome = verifier(&[key.jwk().unwrap()]).verify(&key.sign(&payload).unwrap()).await;
        assert!(matches!(outcome, Err(Error::Payload(_))), "{payload}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_token_has_a_longest_length() {
    let fits = verify(json!({ "groups": vec!["g".repeat(100); 80] })).await;
    assert!(fits.is_ok(), "{fits:?}");
    let outcome = verify(json!({ "groups": "g".repeat(MAX_TOKEN_BYTES) })).await;
    assert!(matches!(outcome, Err(Error::TooLong)), "{outcome:?}");
}

proptest! {
    #[test]
    fn no_text_passes_or_panics(text in "\\PC{0,200}", dots in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let verifier = verifier(&[]);
        prop_assert!(runtime.block_on(verifier.verify(&text)).is_err());
        prop_assert!(runtime.block_on(verifier.verify(&dots)).is_err());
    }
}
