//! OpenID Connect providers: their published keys.

mod error;
mod fetch;
mod jwks;

pub use error::Error;
pub use fetch::FetchLimits;
pub use jwks::HttpJwks;
