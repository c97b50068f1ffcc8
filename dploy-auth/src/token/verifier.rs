use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dploy_core::time::Clock;
use jsonwebtoken::{decode_header, errors::ErrorKind};
use serde_json::{Map, Value};

use super::{Algorithm, Claims, Error, KeySource, TokenRules, algorithm::select_crypto};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Tells whether a token is genuine.
///
/// # Contract
/// - Claims are returned only for a token that a trusted issuer signed for us and that is valid at present.
/// - Equal tokens get equal claims until they expire or their key is withdrawn.
/// - A verifier that cannot tell says [`Error::Keys`], which is the only failure worth repeating.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TokenVerifier: Send + Sync + Debug {
    /// The claims of `token`, a JWS in compact form without the `Bearer` in front of it.
    ///
    /// # Errors
    /// Why the token is refused, or that it cannot be judged at present.
    async fn verify(&self, token: &str) -> Result<Claims, Error>;
}

/// Verifies tokens with the published keys of one OpenID provider.
#[derive(Clone, Debug)]
pub struct JwksVerifier {
    keys: Arc<dyn KeySource>,
    clock: Arc<dyn Clock>,
    rules: TokenRules,
}

impl JwksVerifier {
    /// A verifier that takes keys from `keys`, the time from `clock`, and accepts what passes `rules`.
    #[must_use]
    pub fn new(keys: Arc<dyn KeySource>, clock: Arc<dyn Clock>, rules: TokenRules) -> Self {
        select_crypto();
        Self { keys, clock, rules }
    }
}

#[async_trait]
impl TokenVerifier for JwksVerifier {
    async fn verify(&self, token: &str) -> Result<Claims, Error> {
        let token = Unverified::parse(token)?;
        let known = self.keys.keys().await?;
        match known.verify(&token) {
            // A signature that fails also asks for newer keys: providers exist that change a key and keep its id.
            Err(refusal @ (Error::UnknownKey | Error::Signature)) => {
                let newer = self.keys.refresh(&known).await?;
                if Arc::ptr_eq(&newer, &known) { Err(refusal) } else { newer.verify(&token) }
            }
            outcome => outcome,
        }?;
        self.rules.check(token.payload()?, self.clock.now())
    }
}

/// A token of which only the header was read.
///
/// The library's own `decode` is not used: it reads its own clock, adds a leeway to `exp`, takes a list for `iss` and
/// gives up on claims of unusual shape. It does the cryptography; [`TokenRules`] judges the claims.
pub(super) struct Unverified<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    /// What was signed: header and payload.
    pub(super) message: &'a str,
    pub(super) signature: &'a str,
    payload: &'a str,
}

impl<'a> Unverified<'a> {
    fn parse(text: &'a str) -> Result<Self, Error> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(Error::TooLong);
        }
        let header = decode_header(text).map_err(Error::Malformed)?;
        if header.crit.is_some() {
            return Err(Error::Critical);
        }
        let algorithm = Algorithm::of(header.alg).ok_or(Error::Algorithm)?;
        let (message, signature) = text.rsplit_once('.').ok_or_else(not_a_jws)?;
        let (_, payload) = message.split_once('.').ok_or_else(not_a_jws)?;
        Ok(Self { algorithm, key_id: header.kid.filter(|id| !id.is_empty()), message, signature, payload })
    }

    fn payload(&self) -> Result<Map<String, Value>, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| not_a_jws())?;
        serde_json::from_slice(&bytes).map_err(Error::Payload)
    }
}

fn not_a_jws() -> Error {
    Error::Malformed(ErrorKind::InvalidToken.into())
}
