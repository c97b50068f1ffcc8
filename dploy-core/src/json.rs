//! Free-form JSON carried through the domain without being interpreted.

use serde::{Deserialize, Serialize};

/// A JSON value (RFC 8259).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(serde_json::Value);

impl Json {
    /// The empty object `{}`.
    #[must_use]
    pub fn object() -> Self {
        Self(serde_json::Value::Object(serde_json::Map::new()))
    }

    /// The value behind it.
    #[must_use]
    pub fn as_value(&self) -> &serde_json::Value {
        &self.0
    }

    /// The value itself.
    #[must_use]
    pub fn into_value(self) -> serde_json::Value {
        self.0
    }

    /// Whether it is `null` or an object without entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_null() || self.0.as_object().is_some_and(serde_json::Map::is_empty)
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self(value)
    }
}
