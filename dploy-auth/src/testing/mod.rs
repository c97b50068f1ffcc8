//! An identity provider on loopback, for tests and demonstrations. Not for production: its keys live in memory and
//! whoever holds a [`Provider`] signs whatever it likes.

mod error;
mod provider;
mod signing;

pub use error::Error;
pub use provider::{Provider, ProviderBuilder};
pub use signing::SigningKey;

pub use crate::token::{MockKeySource, MockTokenVerifier};
