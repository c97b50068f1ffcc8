use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use serde_json::Value;

use super::Error;
use crate::token::{Algorithm, select_crypto};

/// A key pair that signs tokens.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    private: EncodingKey,
    public: Jwk,
    id: String,
    anonymous: bool,
}

impl SigningKey {
    /// A new key pair for `algorithm`: RSA with 2048 bits, the algorithm's curve, or Ed25519.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        select_crypto();
        let private = match algorithm {
            Algorithm::Es256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            Algorithm::Es384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING)?,
            Algorithm::EdDsa => ed25519()?,
            _ => rsa()?,
        };
        let mut public = Jwk::from_encoding_key(&private, algorithm.jwt()).map_err(Error::Key)?;
        let id = public.thumbprint(ThumbprintHash::SHA256).map_err(Error::Key)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { algorithm, private, public, id, anonymous: false })
    }

    /// The key's id: its thumbprint (RFC 7638).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public half as a JWK (RFC 7517), with `kid`, `alg` and `use`.
    ///
    /// # Errors
    /// None with keys made here.
    pub fn jwk(&self) -> Result<Value, Error> {
        serde_json::to_value(&self.public).map_err(Error::Publish)
    }

    /// The same key, which leaves its id out of the tokens that it signs.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// A token with exactly `claims`, naming this key.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign(&self, claims: &Value) -> Result<String, Error> {
        let mut header = Header::new(self.algorithm.jwt());
        header.kid = (!self.anonymous).then(|| self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.private).map_err(Error::Key)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

fn rsa() -> Result<EncodingKey, Error> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::Generate)?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| Error::Generate)?;
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(Error::Key)
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> Result<EncodingKey, Error> {
    let pair = EcdsaKeyPair::generate(algorithm).map_err(|_| Error::Generate)?;
    let der = pair.to_pkcs8v1().map_err(|_| Error::Generate)?;
    Ok(EncodingKey::from_ec_der(der.as_ref()))
}

fn ed25519() -> Result<EncodingKey, Error> {
    let pair = Ed25519KeyPair::generate().map_err(|_| Error::Generate)?;
    let der = pair.to_pkcs8v1().map_err(|_| Error::Generate)?;
    Ok(EncodingKey::from_ed_der(der.as_ref()))
}
