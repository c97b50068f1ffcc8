use std::sync::Arc;

use dploy_core::identity::Identity;

use super::{Error, IdentityRules};
use crate::token::TokenVerifier;

/// Finds out who is calling by the `Authorization` header of a request.
#[derive(Clone, Debug)]
pub struct Authenticator {
    verifier: Arc<dyn TokenVerifier>,
    rules: IdentityRules,
}

impl Authenticator {
    /// Tokens are judged by `verifier`, their claims read by `rules`.
    #[must_use]
    pub fn new(verifier: Arc<dyn TokenVerifier>, rules: IdentityRules) -> Self {
        Self { verifier, rules }
    }

    /// The caller that `authorization`, the header's value, proves.
    ///
    /// # Errors
    /// The header is missing or is not a bearer token, the token is refused, or a claim that names the caller is unusable.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Identity, Error> {
        let token = bearer(authorization.ok_or(Error::MissingHeader)?)?;
        self.rules.identify(self.verifier.verify(token).await?)
    }
}

/// The token of an `Authorization` header's value, `Bearer <token>` (RFC 6750 §2.1).
///
/// The scheme is case-insensitive (RFC 9110 §11.1).
///
/// # Errors
/// [`Error::MalformedHeader`] for another scheme, no token, or text after it.
pub fn bearer(header: &str) -> Result<&str, Error> {
    let (scheme, rest) = header.trim().split_once(' ').ok_or(Error::MalformedHeader)?;
    let token = rest.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(char::is_whitespace) {
        return Err(Error::MalformedHeader);
    }
    Ok(token)
}
