//! Who is calling, and are they an administrator: from an `Authorization` header to an identity.

mod admin;
mod authenticator;
mod error;
mod identity;

pub use admin::{AdminRule, AdminRuleError, BOOLEAN_WORDS, DEFAULT_ADMIN_CLAIM, DEFAULT_ADMIN_VALUE, parse_boolean};
pub use authenticator::{Authenticator, bearer};
pub use error::Error;
pub use identity::{DEFAULT_OWNER_CLAIM, DEFAULT_USERNAME_CLAIM, IdentityRules};
