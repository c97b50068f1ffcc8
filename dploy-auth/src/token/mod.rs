//! Signed tokens: the port that verifies them, and the rules every token has to pass.

mod algorithm;
mod claims;
mod error;
mod key;
mod rules;
mod source;
mod verifier;

pub use algorithm::Algorithm;
#[cfg(feature = "testing")]
pub(crate) use algorithm::select_crypto;
pub use claims::Claims;
pub use error::Error;
pub use key::KeySet;
pub use rules::{MAX_SKEW_SECONDS, TokenRules};
#[cfg(feature = "testing")]
pub use source::MockKeySource;
pub use source::{FixedKeys, KeySource, KeysUnavailable};
#[cfg(feature = "testing")]
pub use verifier::MockTokenVerifier;
pub use verifier::{JwksVerifier, MAX_TOKEN_BYTES, TokenVerifier};
