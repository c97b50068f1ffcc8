#![doc = include_str!("../README.md")]

pub mod access;
mod clock;
pub mod oidc;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;

pub use access::{AdminRule, Authenticator, Error, IdentityRules, bearer};
pub use clock::SystemClock;
pub use oidc::HttpJwks;
pub use token::{Claims, JwksVerifier, KeySource, TokenRules, TokenVerifier};
