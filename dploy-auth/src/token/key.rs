use jsonwebtoken::{
    DecodingKey, crypto,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

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

    /// Whether one of these keys signed `token`.
    ///
    /// A key id may occur twice, and a token may name none: then every key that fits the algorithm is tried.
    pub(super) fn verify(&self, token: &Unverified<'_>) -> Result<(), Error> {
        let mut refusal = Error::UnknownKey;
        for key in self.0.iter().filter(|key| key.fits(token)).take(MAX_CANDIDATES) {
            if key.verifies(token)? {
                return Ok(());
            }
            refusal = Error::Signature;
        }
        Err(refusal)
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

    fn verifies(&self, token: &Unverified<'_>) -> Result<bool, Error> {
        crypto::verify(token.signature, token.message.as_bytes(), &self.verifying, token.algorithm.jwt())
            .map_err(Error::Malformed)
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
