//! The values of a release, whole or as a digest.

use dploy_core::id::hex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

/// The values of a release: whole where they are written, a digest where only a difference is looked for.
///
/// The digest is written as text, so that it differs from every mapping. It never goes to a server: only a cache
/// shrinks values, and what is applied is made from the template.
#[derive(Clone, PartialEq, Debug)]
pub enum Values {
    /// The values themselves.
    Whole(Map<String, Value>),
    /// `sha256:` and 64 hexadecimal digits of their canonical form.
    Digest(String),
}

impl Values {
    /// The digest of the canonical form, in which keys are sorted and equal numbers are written alike: `1.0` is `1`.
    #[must_use]
    pub fn digest(&self) -> String {
        match self {
            Self::Whole(values) => {
                format!("sha256:{}", hex(&Sha256::digest(canonical_map(values))))
            }
            Self::Digest(digest) => digest.clone(),
        }
    }

    /// Leaves only the digest.
    pub fn shrink(&mut self) {
        *self = Self::Digest(self.digest());
    }
}

impl From<Map<String, Value>> for Values {
    fn from(values: Map<String, Value>) -> Self {
        Self::Whole(values)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(values) => values.serialize(serializer),
            Self::Digest(digest) => serializer.serialize_str(digest),
        }
    }
}

/// Anybody may write a HelmRelease with values that are no mapping, and one that cannot be read would make a whole
/// list unreadable; such values are kept as the digest of nothing that we write.
impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Object(values) => Self::Whole(values),
            Value::String(digest) => Self::Digest(digest),
            other => Self::Digest(other.to_string()),
        })
    }
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(values) => canonical_map(values),
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Number(number) => canonical_number(number),
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

fn canonical_map(values: &Map<String, Value>) -> String {
    let mut entries: Vec<_> = values.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    let entries = entries.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

/// The API server keeps what fits 64 bits with a sign as an integer and all else as a float, and writes a float
/// without a fraction as an integer.
#[allow(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
fn canonical_number(number: &Number) -> String {
    const SAFE: f64 = 9_007_199_254_740_992.0;
    match (number.as_i64(), number.as_f64()) {
        (Some(integer), _) => integer.to_string(),
        (None, Some(float)) if float.fract() == 0.0 && float.abs() < SAFE => (float as i64).to_string(),
        (None, Some(float)) => format!("{float:e}"),
        (None, None) => number.to_string(),
    }
}
