use jsonwebtoken::{
    DecodingKey, Validation, decode,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Algorithm, Error, verifier::Unverified};

/// How many keys one token may be tried on, so that a crowded key set cannot make a request expensive.
const MAX_CANDIDATES: usize = 16;

/// The keys a provider signs tokens with, each pinned to the algorithms that its type allows (RFC 8725 §3.1).
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    verifying: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWK set (RFC 7517 §5).
    ///
    /// Entries that cannot verify a token are skipped, as the RFC asks: unknown types and curves, keys for encryption,
    /// shared secrets, malformed entries.
    ///
    /// # Errors
    /// `document` is not a JSON object with a list `keys`.
    pub fn parse(document: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(document)?;
        Ok(Self(document.keys.into_iter().filter_map(Key::parse).collect()))
    }

    /// Number of usable keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key is usable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The payload of `token` if one of these keys signed it.
    ///
    /// A key id may occur twice, and a token may name none: then every key that fits the algorithm is tried.
    pub(super) fn open(&self, token: &Unverified<'_>) -> Result<Map<String, Value>, Error> {
        let mut outcome = Err(Error::UnknownKey);
        for key in self.0.iter().filter(|key| key.fits(token)).take(MAX_CANDIDATES) {
            outcome = key.open(token);
            if !matches!(outcome, Err(Error::Signature)) {
                break;
            }
        }
        outcome
    }
}

impl Key {
    fn parse(entry: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(entry).ok()?;
        let algorithms = algorithms(&jwk);
        if algorithms.is_empty() || !is_for_signatures(&jwk) {
            return None;
        }
        let verifying = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { id: jwk.common.key_id, algorithms, verifying })
    }

    fn fits(&self, token: &Unverified<'_>) -> bool {
        let named = token.key_id.is_none() || token.key_id == self.id;
        named && self.algorithms.contains(&token.algorithm)
    }

    fn open(&self, token: &Unverified<'_>) -> Result<Map<String, Value>, Error> {
        // Only the signature is checked here: the library reads its own clock, adds a leeway to `exp` and takes a
        // list for `iss`. `TokenRules` judges the claims.
        let mut validation = Validation::new(token.algorithm.jwt());
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        decode(token.text, &self.verifying, &validation).map(|data| data.claims).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Error::Signature,
            _ => Error::Malformed(error),
        })
    }
}

/// What a key may verify: the algorithms of its type and curve, narrowed to its own `alg` where it has one.
fn algorithms(jwk: &Jwk) -> Vec<Algorithm> {
    use Algorithm as A;
    let of_type: &[A] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => &[A::Rs256, A::Rs384, A::Rs512, A::Ps256, A::Ps384, A::Ps512],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[A::Es256],
            EllipticCurve::P384 => &[A::Es384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[A::EdDsa],
        _ => &[],
    };
    let own = jwk.common.key_algorithm;
    let allowed = |algorithm: &A| own.is_none_or(|own| own == KeyAlgorithm::from(algorithm.jwt()));
    of_type.iter().copied().filter(allowed).collect()
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let by_use = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let operations = jwk.common.key_operations.as_ref();
    by_use && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}
