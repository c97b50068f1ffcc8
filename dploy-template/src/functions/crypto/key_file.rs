//! Private keys read from PEM.

use ed25519_dalek::SigningKey;
use p256::elliptic_curve::{Curve, FieldBytesSize, SecretKey, array::typenum::Unsigned};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, RsaPrivateKeyRef};
use rsa::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use sec1::EcPrivateKey;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode as _, Reader as _, SliceReader};

use super::key::{Key, rsa_steps};
use super::{dsa, pem};
use crate::error::Failure;
use crate::exec::Env;

const EC_STEPS: u64 = 1_000;
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ELLIPTIC_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// 8192 bits.
const LONGEST_RSA: usize = 1024;

/// The first key of a PEM text.
pub(super) fn read(env: &mut Env<'_>, text: &[u8]) -> Result<Key, Failure> {
    env.budget.bytes(text.len())?;
    let block = pem::decode(text).ok_or_else(|| Failure::execute("no PEM data in input"))?;
    if block.label == "PRIVATE KEY" {
        return pkcs8(env, &block.bytes).map_err(|failure| within("decoding PEM as PKCS#8", failure));
    }
    let Some(kind) = block.label.strip_suffix(" PRIVATE KEY") else {
        return Err(Failure::execute(format!("no private key data in PEM block of type {}", block.label)));
    };
    let key = match kind {
        "RSA" => rsa(env, &block.bytes),
        "EC" => sec1(env, &block.bytes),
        "DSA" => match dsa::is_key(&block.bytes) {
            Ok(true) => Ok(Key::Dsa(block.bytes)),
            Ok(false) => Err(Failure::execute("asn1: structure error: not six numbers")),
            Err(error) => Err(unreadable(error)),
        },
        _ => return Err(Failure::execute(format!("invalid private key type {kind}"))),
    };
    key.map_err(|failure| within(&format!("parsing {kind} private key from PEM"), failure))
}

/// Says where a failure occurred.
pub(super) fn within(what: &str, failure: Failure) -> Failure {
    Failure { message: format!("{what}: {}", failure.message), ..failure }
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::execute(format!("x509: failed to parse private key: {error}"))
}

/// The first value of a DER text. As in Go, anything may follow a key that is not PKCS #1.
fn first(der: &[u8]) -> Result<&[u8], Failure> {
    SliceReader::new(der).and_then(|mut reader| reader.tlv_bytes()).map_err(unreadable)
}

fn sec1(env: &mut Env<'_>, der: &[u8]) -> Result<Key, Failure> {
    let key = EcPrivateKey::from_der(first(der)?).map_err(unreadable)?;
    elliptic(env, key.private_key, key.parameters.and_then(|parameters| parameters.named_curve()))
}

fn pkcs8(env: &mut Env<'_>, der: &[u8]) -> Result<Key, Failure> {
    let info = PrivateKeyInfoRef::from_der(first(der)?).map_err(unreadable)?;
    match info.algorithm.oid {
        RSA => rsa(env, info.private_key.as_bytes()),
        ELLIPTIC_CURVE => {
            let curve = info.algorithm.parameters_oid().map_err(unreadable)?;
            let key = EcPrivateKey::from_der(info.private_key.as_bytes()).map_err(unreadable)?;
            elliptic(env, key.private_key, Some(curve))
        }
        ED25519 => Ok(Key::Ed25519(Box::new(SigningKey::try_from(info).map_err(unreadable)?))),
        other => Err(Failure::execute(format!(
            "x509: PKCS#8 wrapping contained private key with unknown algorithm: {other}"
        ))),
    }
}

fn rsa(env: &mut Env<'_>, der: &[u8]) -> Result<Key, Failure> {
    let parts = RsaPrivateKeyRef::from_der(der).map_err(unreadable)?;
    let modulus = parts.modulus.as_bytes().len();
    let longest = [parts.private_exponent, parts.prime1, parts.prime2].iter().map(|part| part.as_bytes().len()).max();
    if modulus.max(longest.unwrap_or_default()) > LONGEST_RSA || parts.public_exponent.as_bytes().len() > 8 {
        return Err(Failure::execute("x509: failed to parse private key: longer than 8192 bits"));
    }
    env.budget.spend(rsa_steps(modulus))?;
    let key = RsaPrivateKey::try_from(parts.clone()).map_err(unreadable)?;
    let written = key.to_pkcs1_der().map_err(unreadable)?;
    let same = RsaPrivateKeyRef::from_der(written.as_bytes()).is_ok_and(|written| {
        (written.exponent1, written.exponent2, written.coefficient)
            == (parts.exponent1, parts.exponent2, parts.coefficient)
    });
    if same {
        Ok(Key::Rsa(Box::new(key)))
    } else {
        Err(Failure::execute("crypto/rsa: invalid CRT exponent or coefficient"))
    }
}

/// As in Go, a public key that stands beside the private one is not read.
fn elliptic(env: &mut Env<'_>, secret: &[u8], curve: Option<ObjectIdentifier>) -> Result<Key, Failure> {
    env.budget.spend(EC_STEPS)?;
    match curve {
        Some(p256::NistP256::OID) => scalar(secret).map(|key| Key::P256(Box::new(key))),
        Some(p384::NistP384::OID) => scalar(secret).map(|key| Key::P384(Box::new(key))),
        Some(p521::NistP521::OID) => scalar(secret).map(|key| Key::P521(Box::new(key))),
        _ => Err(Failure::execute("x509: unknown elliptic curve; P-256, P-384 and P-521 are known")),
    }
}

/// The secret number, with any number of zeros before it.
fn scalar<C: Curve>(secret: &[u8]) -> Result<SecretKey<C>, Failure> {
    let zeros = secret.iter().take_while(|byte| **byte == 0).count();
    let digits = secret.get(zeros..).unwrap_or_default();
    let padding = FieldBytesSize::<C>::USIZE.saturating_sub(digits.len());
    let padded = [vec![0; padding].as_slice(), digits].concat();
    SecretKey::from_slice(&padded).map_err(|_| Failure::execute("x509: invalid elliptic curve private key value"))
}
