//! Who is calling, as an authenticator found it.

use std::collections::BTreeMap;

use crate::{
    id::OwnerId,
    json::Json,
    name::{LABEL_MAX, cut, sanitize},
};

/// A caller whose credentials were verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The issuer that vouches for the caller (`iss` of a token).
    pub issuer: String,
    /// The sanitised user name, for people to read; never empty.
    pub username: String,
    /// The caller as an owner of environments.
    pub personal: Owner,
    /// Every verified claim of the credentials.
    pub claims: BTreeMap<String, Json>,
    /// Whether the caller administers the platform.
    pub admin: bool,
}

/// Somebody who can own environments: a person or a group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Owner {
    /// The identity that every look-up uses.
    pub id: OwnerId,
    /// The readable part that names and replies show; a DNS-1123 label.
    pub key: OwnerKey,
}

/// The readable part of an owner: a DNS-1123 label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OwnerKey(String);

impl OwnerKey {
    /// The key of a raw claim value: sanitised, trimmed of `-`, cut to 63; `None` where nothing is left.
    #[must_use]
    pub fn derive(raw: &str) -> Option<Self> {
        let key = sanitize(raw);
        let key = cut(key.trim_matches('-'), LABEL_MAX);
        (!key.is_empty()).then(|| Self(key.to_owned()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Identity {
    /// The owners that claim `name` gives this caller, in token order without repeats.
    ///
    /// The claim may be a string, a number, a boolean, or a list of them; other shapes, and values that leave no
    /// readable part, give no owner.
    #[must_use]
    pub fn owners_by_claim(&self, name: &str) -> Vec<Owner> {
        let mut owners = Vec::new();
        for raw in self.claim_values(name) {
            let Some(key) = OwnerKey::derive(&raw) else { continue };
            let owner = Owner { id: OwnerId::derive(&self.issuer, name, &raw), key };
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }

    fn claim_values(&self, name: &str) -> Vec<String> {
        match self.claims.get(name).map(Json::as_value) {
            Some(serde_json::Value::Array(items)) => items.iter().filter_map(scalar_text).collect(),
            Some(value) => scalar_text(value).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

/// The text of a JSON scalar: whole numbers without exponent; `None` for null, lists and objects.
#[must_use]
pub fn scalar_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Bool(flag) => Some(flag.to_string()),
        serde_json::Value::Number(number) => Some(match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() => format!("{float}"),
            _ => number.to_string(),
        }),
        _ => None,
    }
}
