use dploy_core::error::{Classify, ErrorKind};

use super::{KeysUnavailable, MAX_TOKEN_BYTES};

/// Why a token was not accepted.
///
/// The texts are for logs. Clients get [`public_message`](crate::Error::public_message).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is longer than [`MAX_TOKEN_BYTES`].
    #[error("token is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// It is not a JWS in compact form (RFC 7515 §3.1), or its header is not JSON or names no known algorithm.
    #[error("token is not a signed JWT")]
    Malformed(#[source] jsonwebtoken::errors::Error),
    /// Its payload is not the JSON object of a JWT (RFC 7519 §7.2).
    #[error("payload of the token is not a JSON object")]
    Payload(#[source] serde_json::Error),
    /// Its header demands extensions (`crit`, RFC 7515 §4.1.11); none is supported.
    #[error("token demands a header extension that is not supported")]
    Critical,
    /// It is signed with a shared secret.
    #[error("algorithm of the token is not accepted")]
    Algorithm,
    /// The provider publishes no key of that id for that algorithm.
    #[error("no published key fits the token")]
    UnknownKey,
    /// The key that it names did not sign it.
    #[error("signature does not verify")]
    Signature,
    /// A registered claim is missing or has the wrong type.
    #[error("token has no usable `{0}` claim")]
    Claim(&'static str),
    /// `iss` names somebody else.
    #[error("token is from another issuer")]
    Issuer,
    /// `aud` does not name us.
    #[error("token is for another audience")]
    Audience,
    /// `exp` has come.
    #[error("token is expired")]
    Expired,
    /// `nbf` or `iat` lies further in the future than clocks may differ.
    #[error("token is not valid yet")]
    NotYetValid,
    /// There are no keys to judge it with.
    #[error(transparent)]
    Keys(#[from] KeysUnavailable),
}

impl Classify for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Keys(_) => ErrorKind::Unavailable,
            _ => ErrorKind::Unauthenticated,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Keys(_) => "keys_unavailable",
            Self::Expired => "expired_token",
            _ => "invalid_token",
        }
    }
}
