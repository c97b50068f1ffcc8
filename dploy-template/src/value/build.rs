//! Ways to make values.

use jiff::{Timestamp, Zoned};

use super::{Dict, Elem, List, Object, Pointer, Source, Text, Value};

impl Value {
    /// A string of the template's author or the program.
    pub fn string(text: impl Into<Text>) -> Self {
        Self::String(text.into())
    }

    /// A string that a user supplied.
    pub fn marked_string(text: impl AsRef<[u8]>, source: &Source) -> Self {
        Self::String(Text::marked(text, source))
    }

    /// `[]interface {}`
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(List::new(Elem::Any, items.into_iter().collect()))
    }

    /// `[]string`
    pub fn strings<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Self {
        let items = items.into_iter().map(|item| Self::String(item.into())).collect();
        Self::List(List::new(Elem::String, items))
    }

    /// `[]int`
    pub fn ints(items: impl IntoIterator<Item = i64>) -> Self {
        Self::List(List::new(Elem::Int, items.into_iter().map(Self::Int).collect()))
    }

    /// `map[string]interface {}`
    pub fn map<K: Into<Text>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
        Self::Map(Dict::new(Elem::Any, entries))
    }

    /// `map[string]string`
    pub fn string_map<K: Into<Text>, V: Into<Text>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), Self::String(value.into())));
        Self::Map(Dict::new(Elem::String, entries))
    }

    /// A struct of the given Go type. Its JSON names are its Go names; see
    /// [`Value::object_with_json`] for others.
    pub fn object<N: Into<String>>(type_name: &str, fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| {
            let name = name.into();
            (name.clone(), name, value)
        });
        Self::Struct(Object::new(type_name, fields))
    }

    /// A struct whose fields have a Go name, for the template, and a JSON
    /// name, for `toJson` and `toYaml`.
    pub fn object_with_json<N: Into<String>, J: Into<String>>(
        type_name: &str,
        fields: impl IntoIterator<Item = (N, J, Self)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, json, value)| (name.into(), json.into(), value));
        Self::Struct(Object::new(type_name, fields))
    }

    /// A pointer to a value of the given Go type; none is nil.
    pub fn pointer(type_name: &str, target: Option<Self>) -> Self {
        Self::Pointer(Pointer::new(type_name, target))
    }

    /// JSON data whose strings and keys are of that source, and whose numbers are what `number` makes of them.
    pub(crate) fn from_json(
        json: &serde_json::Value,
        source: Option<&Source>,
        number: fn(&serde_json::Number) -> Self,
    ) -> Self {
        let nested = |value| Self::from_json(value, source, number);
        match json {
            serde_json::Value::Null => Self::Nil,
            serde_json::Value::Bool(b) => Self::Bool(*b),
            serde_json::Value::Number(n) => number(n),
            serde_json::Value::String(text) => Self::String(Text::from_source(text, source)),
            serde_json::Value::Array(items) => Self::list(items.iter().map(nested)),
            serde_json::Value::Object(entries) => {
                Self::map(entries.iter().map(|(key, value)| (Text::from_source(key, source), nested(value))))
            }
        }
    }

    /// JSON data of which a user supplied every string, and every key below
    /// the top level.
    #[must_use]
    pub fn marked_json(json: &serde_json::Value, source: &Source) -> Self {
        match json {
            serde_json::Value::Object(entries) => {
                Self::map(entries.iter().map(|(key, value)| (Text::from(key), nested_json(value, Some(source)))))
            }
            other => nested_json(other, Some(source)),
        }
    }
}

fn nested_json(json: &serde_json::Value, source: Option<&Source>) -> Value {
    Value::from_json(json, source, json_number)
}

/// Whole numbers are integers, as `12345678` must not print as `1.2345678e+07`.
fn json_number(number: &serde_json::Number) -> Value {
    if let Some(n) = number.as_i64() {
        return Value::Int(n);
    }
    if let Some(n) = number.as_u64() {
        return Value::Uint64(n);
    }
    let float = number.as_f64().unwrap_or_default();
    // 2^53: beyond it a float64 has no digits of its own left.
    if float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range, as just tested")]
        return Value::Int(float as i64);
    }
    Value::Float64(float)
}

impl From<&serde_json::Value> for Value {
    fn from(json: &serde_json::Value) -> Self {
        nested_json(json, None)
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        nested_json(&json, None)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<f64> for Value {
    fn from(f: f64) -> Self {
        Self::Float64(f)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(Text::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(Text::from(text))
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Time(time.into())
    }
}

impl From<Zoned> for Value {
    fn from(time: Zoned) -> Self {
        Self::Time(time.into())
    }
}
