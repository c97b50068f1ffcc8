use std::collections::BTreeMap;

use dploy_core::json::Json;
use serde_json::Value;

/// The claims of a verified token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    issuer: String,
    all: BTreeMap<String, Json>,
}

impl Claims {
    /// The claims `all` that `issuer` vouches for.
    ///
    /// Whoever calls this asserts that they were verified; it is for implementors of
    /// [`TokenVerifier`](super::TokenVerifier).
    #[must_use]
    pub fn new(issuer: String, all: BTreeMap<String, Json>) -> Self {
        Self { issuer, all }
    }

    /// The verified `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The claim `name`; `None` where it is absent or null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.all.get(name).map(Json::as_value).filter(|value| !value.is_null())
    }

    /// Every claim by its name, `iss` included.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<String, Json> {
        self.all
    }
}
