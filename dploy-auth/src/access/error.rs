use dploy_core::error::{Classify, ErrorKind};

use crate::token;

/// Why a caller was not recognised.
///
/// `Display` and the source chain are for logs; they may name the provider. What a client may read is
/// [`Error::public_message`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request has no `Authorization` header.
    #[error("request has no authorization header")]
    MissingHeader,
    /// The header does not hold a bearer token.
    #[error("authorization header holds no bearer token")]
    MalformedHeader,
    /// The token was not accepted.
    #[error("token was not accepted")]
    Token(#[from] token::Error),
    /// A claim that names the caller is missing or unusable.
    #[error("missing or invalid `{name}` claim")]
    Claim {
        /// The claim.
        name: String,
    },
}

impl Error {
    /// The text for the client: it reveals no issuer, audience, key id or address.
    #[must_use]
    pub fn public_message(&self) -> String {
        match self {
            Self::MissingHeader => "Missing Authorization header".to_owned(),
            Self::MalformedHeader => "Invalid Authorization header format".to_owned(),
            Self::Token(token::Error::Keys(_)) => "token cannot be verified at present, try again shortly".to_owned(),
            Self::Token(token::Error::Expired) => "token parsing failed: token is expired".to_owned(),
            Self::Token(_) => "token parsing failed".to_owned(),
            Self::Claim { name } => format!("missing or invalid {name} claim"),
        }
    }
}

impl Classify for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(error) => error.kind(),
            _ => ErrorKind::Unauthenticated,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::MissingHeader => "missing_authorization",
            Self::MalformedHeader => "invalid_authorization",
            Self::Token(error) => error.code(),
            Self::Claim { .. } => "invalid_claim",
        }
    }
}
