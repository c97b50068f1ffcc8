//! Private keys: made from the seed, written as sprig writes them.

use p256::elliptic_curve::Generate as _;
use rand_chacha::rand_core::Rng as _;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use x509_cert::SubjectPublicKeyInfo;

use super::{dsa, pem};
use crate::error::Failure;
use crate::exec::Env;

/// A private key of a kind that sprig knows.
pub(super) enum Key {
    Rsa(Box<RsaPrivateKey>),
    P256(Box<p256::SecretKey>),
    P384(Box<p384::SecretKey>),
    P521(Box<p521::SecretKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// As it is written. Go signs no certificates with it either.
    Dsa(Vec<u8>),
}

const EC_STEPS: u64 = 1_000;
const DSA_STEPS: u64 = 200_000;

impl Key {
    /// A new RSA key of 2048 or 4096 bits.
    pub(super) fn rsa(env: &mut Env<'_>, bits: usize) -> Result<Self, Failure> {
        // Finding primes takes time with the fourth power of their length.
        env.budget.spend(if bits > 2048 { 200_000 } else { 50_000 })?;
        let key = RsaPrivateKey::new(env.random(), bits);
        let key = key.map_err(|error| Failure::execute(format!("error generating rsa key: {error}")))?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// A new DSA key with 2048 and 256 bits.
    pub(super) fn dsa(env: &mut Env<'_>) -> Result<Self, Failure> {
        env.budget.spend(DSA_STEPS)?;
        dsa::generate(env.random()).map(Self::Dsa).map_err(unwritable)
    }

    /// A new key on the curve P-256.
    pub(super) fn ecdsa(env: &mut Env<'_>) -> Result<Self, Failure> {
        env.budget.spend(EC_STEPS)?;
        Ok(Self::P256(Box::new(p256::SecretKey::generate_from_rng(env.random()))))
    }

    /// A new Ed25519 key.
    pub(super) fn ed25519(env: &mut Env<'_>) -> Result<Self, Failure> {
        env.budget.spend(EC_STEPS)?;
        let mut secret = [0; 32];
        env.random().fill_bytes(&mut secret);
        Ok(Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&secret))))
    }

    /// Steps that a signature costs.
    pub(super) fn signing_steps(&self) -> u64 {
        use rsa::traits::PublicKeyParts as _;
        match self {
            Self::Rsa(key) => rsa_steps(key.size()),
            _ => EC_STEPS,
        }
    }

    /// The key in PEM: PKCS #1, SEC 1, PKCS #8 or OpenSSL's form for DSA.
    pub(super) fn to_pem(&self) -> Result<Vec<u8>, Failure> {
        Ok(match self {
            Self::Rsa(key) => pem::encode("RSA PRIVATE KEY", key.to_pkcs1_der().map_err(unwritable)?.as_bytes()),
            Self::P256(key) => pem::encode("EC PRIVATE KEY", &key.to_sec1_der().map_err(unwritable)?),
            Self::P384(key) => pem::encode("EC PRIVATE KEY", &key.to_sec1_der().map_err(unwritable)?),
            Self::P521(key) => pem::encode("EC PRIVATE KEY", &key.to_sec1_der().map_err(unwritable)?),
            Self::Ed25519(key) => {
                // Go writes no public key beside it.
                let pair = ed25519_dalek::pkcs8::KeypairBytes { secret_key: key.to_bytes(), public_key: None };
                pem::encode("PRIVATE KEY", pair.to_pkcs8_der().map_err(unwritable)?.as_bytes())
            }
            Self::Dsa(der) => pem::encode("DSA PRIVATE KEY", der),
        })
    }

    /// The public key as a certificate holds it.
    pub(super) fn public(&self) -> Result<SubjectPublicKeyInfo, Failure> {
        let document = match self {
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::P256(key) => key.public_key().to_public_key_der(),
            Self::P384(key) => key.public_key().to_public_key_der(),
            Self::P521(key) => key.public_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Self::Dsa(_) => {
                let message = "error creating certificate: x509: unsupported public key type: *dsa.PublicKey";
                return Err(Failure::execute(message));
            }
        };
        let document = document.map_err(unwritable)?;
        SubjectPublicKeyInfo::try_from(document.as_bytes()).map_err(unwritable)
    }
}

/// Steps that an operation with an RSA modulus of so many bytes costs, with
/// the third power: 2,048 for 2048 bits.
pub(super) fn rsa_steps(bytes: usize) -> u64 {
    ((bytes as u64).div_ceil(32)).saturating_pow(3).saturating_mul(4)
}

fn unwritable(error: impl std::fmt::Display) -> Failure {
    Failure::execute(format!("error encoding key: {error}"))
}
