//! Certificates with the fields that sprig gives them.

use jiff::{SignedDuration, Timestamp};
use rand_chacha::rand_core::Rng as _;
use rsa::pkcs8::EncodePublicKey;
use rsa::signature::{Keypair, Signer};
use sha2::{Digest as _, Sha256};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{Any, OctetString, PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};
use x509_cert::der::{self, DateTime, Decode as _, Encode};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{DynSignatureAlgorithmIdentifier, SignatureBitStringEncoding, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, SubjectPublicKeyInfo};

use super::key::Key;
use crate::error::Failure;
use crate::exec::Env;

/// What a certificate says.
pub(super) struct Request<'a> {
    pub(super) common_name: &'a [u8],
    pub(super) names: Option<SubjectAltName>,
    pub(super) days: i64,
    pub(super) is_authority: bool,
}

/// Who signs a certificate.
pub(super) struct Issuer {
    pub(super) certificate: Certificate,
    pub(super) key: Key,
}

/// The certificate in DER. Without an issuer it is signed with its own key.
pub(super) fn issue(
    env: &mut Env<'_>,
    request: &Request<'_>,
    key: &Key,
    issuer: Option<&Issuer>,
) -> Result<Vec<u8>, Failure> {
    let signer = issuer.map_or(key, |issuer| &issuer.key);
    if matches!(signer, Key::Dsa(_)) {
        return Err(refused("x509: certificate private key does not implement crypto.Signer"));
    }
    env.budget.spend(signer.signing_steps())?;
    let public = key.public()?;
    if let Some(issuer) = issuer
        && issuer.key.public()? != *issuer.certificate.tbs_certificate().subject_public_key_info()
    {
        return Err(refused("x509: provided PrivateKey doesn't match parent's PublicKey"));
    }
    let subject = name(request.common_name)?;
    let profile = Profile {
        issuer: issuer.map_or_else(|| subject.clone(), |issuer| issuer.certificate.tbs_certificate().subject().clone()),
        extensions: extensions(request, &subject, &public, issuer).map_err(refused)?,
        subject,
    };
    let mut serial = [0; 16];
    env.random().fill_bytes(&mut serial);
    let serial = SerialNumber::new(&serial).map_err(refused)?;
    let validity = validity(env.options.now, request.days)?;
    let builder = CertificateBuilder::new(profile, serial, validity, public).map_err(refused)?;
    sign(builder, signer)
}

fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::execute(format!("error creating certificate: {error}"))
}

/// The common name in the narrowest kind of string, or nothing if it is empty.
fn name(common_name: &[u8]) -> Result<Name, Failure> {
    let mut sequence = RdnSequence::default();
    if !common_name.is_empty() {
        let text = std::str::from_utf8(common_name).map_err(|_| refused("asn1: string not valid UTF-8"))?;
        let value = match PrintableStringRef::new(text) {
            Ok(printable) => Any::encode_from(&printable),
            Err(_) => Utf8StringRef::new(text).and_then(|text| Any::encode_from(&text)),
        };
        let mut part = RelativeDistinguishedName::default();
        let attribute = AttributeTypeAndValue { oid: COMMON_NAME, value: value.map_err(refused)? };
        part.insert(attribute).map_err(refused)?;
        sequence.push(part);
    }
    sequence.to_der().and_then(|der| Name::from_der(&der)).map_err(refused)
}

/// From now on for so many days of 24 hours, whose nanoseconds wrap as in Go.
fn validity(now: Timestamp, days: i64) -> Result<Validity, Failure> {
    const DAY: i64 = 24 * 3600 * 1_000_000_000;
    let end = now.checked_add(SignedDuration::from_nanos(days.wrapping_mul(DAY))).map_err(refused)?;
    let time = |moment: Timestamp| {
        let seconds = u64::try_from(moment.as_second()).map_err(|_| refused("times begin in 1970"))?;
        DateTime::from_unix_duration(std::time::Duration::from_secs(seconds)).map(Time::from).map_err(refused)
    };
    Ok(Validity::new(time(now)?, time(end)?))
}

/// In the order and with the criticality that Go gives them.
fn extensions(
    request: &Request<'_>,
    subject: &Name,
    public: &SubjectPublicKeyInfo,
    issuer: Option<&Issuer>,
) -> der::Result<Vec<Extension>> {
    let mut usages = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment;
    if request.is_authority {
        usages |= KeyUsages::KeyCertSign;
    }
    let constraints = BasicConstraints { ca: request.is_authority, path_len_constraint: None };
    let mut all = vec![
        (true, &KeyUsage(usages)).to_extension(subject, &[])?,
        (false, &ExtendedKeyUsage(vec![ID_KP_SERVER_AUTH, ID_KP_CLIENT_AUTH])).to_extension(subject, &[])?,
        (true, &constraints).to_extension(subject, &[])?,
    ];
    if request.is_authority {
        // RFC 7093: the first 160 bits of the key's SHA-256.
        let digest = Sha256::digest(public.subject_public_key.raw_bytes());
        let identifier = OctetString::new(digest.as_slice().get(..20).unwrap_or_default())?;
        all.push((false, &SubjectKeyIdentifier(identifier)).to_extension(subject, &[])?);
    }
    if let Some(identifier) = issuer.and_then(|issuer| authority(issuer, subject)) {
        all.push((false, &identifier).to_extension(subject, &[])?);
    }
    if let Some(names) = &request.names {
        all.push((subject.is_empty(), names).to_extension(subject, &[])?);
    }
    Ok(all)
}

/// The issuer's key, unless issuer and subject have the same name.
fn authority(issuer: &Issuer, subject: &Name) -> Option<AuthorityKeyIdentifier> {
    let certificate = issuer.certificate.tbs_certificate();
    let (_, identifier) = certificate.get_extension::<SubjectKeyIdentifier>().ok()??;
    let named = certificate.subject() != subject && !identifier.0.as_bytes().is_empty();
    named.then(|| AuthorityKeyIdentifier { key_identifier: Some(identifier.0), ..Default::default() })
}

/// What the builder asks for.
struct Profile {
    subject: Name,
    issuer: Name,
    extensions: Vec<Extension>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        _certificate: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}

fn sign(builder: CertificateBuilder<Profile>, signer: &Key) -> Result<Vec<u8>, Failure> {
    match signer {
        Key::Rsa(key) => {
            let signer = rsa::pkcs1v15::SigningKey::<Sha256>::new(key.as_ref().clone());
            signed_by::<_, rsa::pkcs1v15::Signature>(builder, &signer)
        }
        Key::P256(key) => {
            signed_by::<_, p256::ecdsa::DerSignature>(builder, &p256::ecdsa::SigningKey::from(key.as_ref()))
        }
        Key::P384(key) => {
            signed_by::<_, p384::ecdsa::DerSignature>(builder, &p384::ecdsa::SigningKey::from(key.as_ref()))
        }
        Key::P521(key) => {
            signed_by::<_, p521::ecdsa::DerSignature>(builder, &p521::ecdsa::SigningKey::from(key.as_ref()))
        }
        Key::Ed25519(key) => signed_by::<_, ed25519_dalek::Signature>(builder, key.as_ref()),
        Key::Dsa(_) => Err(refused("x509: only RSA, ECDSA and Ed25519 keys supported")),
    }
}

fn signed_by<S, T>(builder: CertificateBuilder<Profile>, signer: &S) -> Result<Vec<u8>, Failure>
where
    S: Signer<T> + Keypair + DynSignatureAlgorithmIdentifier,
    S::VerifyingKey: EncodePublicKey,
    T: SignatureBitStringEncoding,
{
    builder.build::<S, T>(signer).map_err(refused)?.to_der().map_err(refused)
}
