//! Tokens and keys: kept from sight, and read without verification where nothing is trusted.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How many characters of a secret its owner may see.
const SHOWN: usize = 8;

/// What a server knows a caller by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Credential {
    /// A token, sent as `Authorization: Bearer` (RFC 6750).
    Bearer(Token),
    /// An API key, sent as `X-API-Key`.
    Key(Token),
}

impl Credential {
    /// The secret text of it.
    pub(crate) fn token(&self) -> &Token {
        match self {
            Self::Bearer(token) | Self::Key(token) => token,
        }
    }
}

/// A bearer token or a key; its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl Token {
    /// Reads a token from `text`, whitespace around it aside.
    ///
    /// # Errors
    /// A usage error where it is empty or holds what a header cannot carry; the text itself is not repeated.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::usage("the token is empty"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::usage("the token holds characters that a token cannot have"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token itself, for the Authorization header.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// The beginning of it, for its owner to recognise it by; none of it where it is too short to give any away.
    pub(crate) fn shown(&self) -> String {
        let start: String = self.0.chars().take(SHOWN).collect();
        if self.0.len() >= 3 * SHOWN { format!("{start}…") } else { "…".to_owned() }
    }

    /// `text` without this token.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[token]")
    }

    /// The claims of a JSON Web Token (RFC 7519), **not verified**: good for naming things, never for a decision on
    /// what somebody may do.
    ///
    /// # Errors
    /// A usage error where the token is not a signed JSON Web Token.
    pub(crate) fn unverified_claims(&self) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
        let payload = || {
            let mut parts = self.0.split('.');
            let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
            let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        payload().ok_or_else(|| Error::usage("the token is not a JSON Web Token, so its owner cannot be read from it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let token = Token::parse(" s3cret\n").unwrap();
        assert_eq!(token.secret(), "s3cret");
        assert!(!format!("{token:?}").contains("s3cret"));
        assert_eq!(token.redact("bad token s3cret"), "bad token [token]");
        let error = Token::parse("s3cret and more").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn s66_short_secrets_are_not_shown_at_all() {
        for (secret, shown) in [("abc", "…"), ("dpk_12345678901234567890", "dpk_1234…"), ("ä€𝄞", "…")] {
            let token = Token(secret.to_owned());
            assert_eq!(token.shown(), shown);
        }
    }

    #[test]
    fn claims_are_read_with_and_without_padding() {
        for payload in ["eyJzdWIiOiJib2IifQ", "eyJzdWIiOiJib2IifQ=="] {
            let token = Token::parse(&format!("e30.{payload}.sig")).unwrap();
            assert_eq!(token.unverified_claims().unwrap()["sub"], "bob");
        }
        for bad in ["opaque", "a.b.c", "e30.W10.sig"] {
            assert!(Token::parse(bad).unwrap().unverified_claims().is_err(), "{bad}");
        }
    }
}
