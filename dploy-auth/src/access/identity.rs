use dploy_core::{
    id::OwnerId,
    identity::{Identity, Owner, OwnerKey},
    name::sanitize,
};
use serde_json::Value;

use super::{AdminRule, Error};
use crate::token::Claims;

/// The claim that holds the user name where `JWT_USERNAME_CLAIM` is unset.
pub const DEFAULT_USERNAME_CLAIM: &str = "name";
/// The claim that tells persons apart where `OWNER_ID_CLAIM` is unset (RFC 7519 §4.1.2: unique for its issuer).
pub const DEFAULT_OWNER_CLAIM: &str = "sub";

/// How the claims of a token become an identity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdentityRules {
    /// The claim whose text is the user name (`JWT_USERNAME_CLAIM`).
    pub username_claim: String,
    /// The claim that identifies the person as an owner (`OWNER_ID_CLAIM`); the user name does where a token has none.
    pub owner_claim: String,
    /// Who is an administrator.
    pub admin: AdminRule,
}

impl IdentityRules {
    /// The identity that `claims` prove.
    ///
    /// # Errors
    /// [`Error::Claim`] where the user name is missing, is not a string or leaves nothing readable, and where the owner
    /// claim is neither a text nor a number.
    pub fn identify(&self, claims: Claims) -> Result<Identity, Error> {
        let unusable = || Error::Claim { name: self.username_claim.clone() };
        let raw = claims.get(&self.username_claim).and_then(Value::as_str).ok_or_else(unusable)?;
        let key = OwnerKey::derive(raw).ok_or_else(unusable)?;
        let personal = Owner { id: self.owner_id(&claims, raw)?, key };
        let (username, admin) = (sanitize(raw), self.admin.admits(&claims));
        Ok(Identity { issuer: claims.issuer().to_owned(), username, personal, claims: claims.into_map(), admin })
    }

    fn owner_id(&self, claims: &Claims, username: &str) -> Result<OwnerId, Error> {
        let value = match claims.get(&self.owner_claim) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(Error::Claim { name: self.owner_claim.clone() }),
            None => String::new(),
        };
        Ok(match value.as_str() {
            "" => OwnerId::derive(claims.issuer(), &self.username_claim, username),
            value => OwnerId::derive(claims.issuer(), &self.owner_claim, value),
        })
    }
}

/// The defaults of the environment variables.
impl Default for IdentityRules {
    fn default() -> Self {
        Self {
            username_claim: DEFAULT_USERNAME_CLAIM.to_owned(),
            owner_claim: DEFAULT_OWNER_CLAIM.to_owned(),
            admin: AdminRule::default(),
        }
    }
}
