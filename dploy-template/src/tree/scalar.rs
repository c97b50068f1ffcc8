//! Scalars and remembered values as JSON.

use granit_parser::ScalarStyle;
use serde_json::{Map, Number, Value as Json};

use super::compose::{Node, Scalar};
use super::construct::{Constructor, Placed, yaml};
use super::resolve::{Resolved, resolve};
use crate::error::Failure;
use crate::format::{FloatNotation, format_float, shortest_f32};
use crate::value::{MAX_NESTING, StringerJson, Value};

impl Constructor<'_> {
    /// A scalar by its text, style and tag.
    pub(super) fn literal(&self, node: &Node, scalar: &Scalar, text: &str) -> Result<Json, Placed> {
        let plain = scalar.style == ScalarStyle::Plain;
        literal(text, plain, node.tag.as_deref()).map_err(|failure| (node.start, failure))
    }

    /// A remembered value as JSON, the way its text would have been read.
    pub(super) fn remembered(&mut self, value: &Value, at: usize, depth: usize) -> Result<Json, Placed> {
        if depth > MAX_NESTING / 2 {
            return Err((at, Failure::limit("values nest too deep")));
        }
        self.spend(1, at)?;
        let object = |constructor: &mut Self, entries: Vec<(String, Value)>| {
            let mut map = Map::new();
            for (key, value) in entries {
                constructor.spend(key.len(), at)?;
                map.insert(key, constructor.remembered(&value, at, depth + 1)?);
            }
            Ok(Json::Object(map))
        };
        Ok(match value {
            Value::Nil | Value::NilInterface | Value::Complex128(..) => Json::Null,
            Value::List(_) | Value::Map(_) if value.is_nil() => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(n) | Value::Int64(n) => Json::from(*n),
            Value::Uint8(n) => Json::from(*n),
            Value::Uint64(n) => Json::from(*n),
            // Go writes -0, which YAML reads as the whole number 0.
            Value::Float64(f) => float_json(*f + 0.0).unwrap_or(Json::Null),
            Value::String(text) => {
                self.spend(text.len(), at)?;
                Json::String(text.to_string_lossy().into_owned())
            }
            Value::Time(_) => {
                let text = crate::encode::json(value, crate::encode::JsonForm::Compact, usize::MAX)
                    .ok()
                    .flatten()
                    .unwrap_or_default();
                Json::String(text.trim_matches('"').to_owned())
            }
            Value::Stringer(stringer) => match stringer.json() {
                StringerJson::Number(n) => Json::from(n),
                StringerJson::Text(text) => Json::String(text.to_string_lossy().into_owned()),
                StringerJson::Empty => Json::Object(Map::new()),
            },
            Value::Pointer(pointer) => self.remembered(pointer.target().unwrap_or(&Value::Nil), at, depth + 1)?,
            Value::List(list) => {
                if let Some(bytes) = list.bytes() {
                    return Ok(Json::String(data_encoding::BASE64.encode(&bytes)));
                }
                let items = list.items().iter().map(|item| self.remembered(item, at, depth + 1));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Map(dict) => {
                let entries = dict.entries().into_iter();
                object(self, entries.map(|(key, value)| (key.to_string_lossy().into_owned(), value)).collect())?
            }
            Value::Struct(fields) => {
                object(self, fields.json_fields().map(|(name, value)| (name.to_owned(), value.clone())).collect())?
            }
        })
    }
}

/// The JSON value of a scalar by its text, whether it is plain, and its tag (`str` for `!!str`).
pub(super) fn literal(text: &str, plain: bool, tag: Option<&str>) -> Result<Json, Failure> {
    let resolved = resolve(text);
    match tag {
        None if plain => scalar_json(&resolved, text),
        Some(tag @ ("bool" | "int" | "float" | "null" | "timestamp")) => {
            let fits = matches!(
                (&resolved, tag),
                (Resolved::Bool(_), "bool")
                    | (Resolved::Int(_) | Resolved::Uint(_), "int")
                    | (Resolved::Int(_) | Resolved::Float(_), "float")
                    | (Resolved::Null, "null")
                    | (Resolved::Timestamp, "timestamp")
            );
            if fits { scalar_json(&resolved, text) } else { Err(yaml(format!("cannot decode `{text}` as a !!{tag}"))) }
        }
        Some("binary") => {
            let decoded = base64(text).ok_or_else(|| yaml("!!binary value contains invalid base64 data"))?;
            Ok(Json::String(String::from_utf8_lossy(&decoded).into_owned()))
        }
        _ => Ok(Json::String(text.to_owned())),
    }
}

/// The JSON value of a resolved scalar.
pub(super) fn scalar_json(resolved: &Resolved, text: &str) -> Result<Json, Failure> {
    Ok(match resolved {
        Resolved::Null => Json::Null,
        Resolved::Bool(b) => Json::Bool(*b),
        Resolved::Int(n) => Json::from(*n),
        Resolved::Uint(n) => Json::from(*n),
        Resolved::Float(f) => float_json(*f).ok_or_else(|| yaml(format!("{text} has no JSON form")))?,
        Resolved::Timestamp | Resolved::String => Json::String(text.to_owned()),
    })
}

/// Whole floats are written without a point in JSON, so they are read as
/// whole numbers where these have the digits.
fn float_json(float: f64) -> Option<Json> {
    if float.fract() == 0.0 && (float != 0.0 || float.is_sign_positive()) {
        let digits = format_float(float, FloatNotation::Point, None);
        match (digits.parse::<i64>(), digits.parse::<u64>()) {
            (Ok(number), _) => return Some(Json::from(number)),
            (_, Ok(number)) => return Some(Json::from(number)),
            _ => {}
        }
    }
    Number::from_f64(float).map(Json::Number)
}

/// The key is written with the digits that a 32-bit float needs, as
/// sigs.k8s.io/yaml does.
pub(super) fn float_key(float: f64) -> String {
    if float.is_nan() {
        ".nan".to_owned()
    } else if float.is_infinite() {
        if float > 0.0 { ".inf" } else { "-.inf" }.to_owned()
    } else {
        shortest_f32(float)
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    };
    let bytes: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    let groups = bytes.len() / 4;
    for (index, group) in bytes.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|b| **b == b'=').count();
        if padding > 2 || (padding > 0 && index + 1 < groups) {
            return None;
        }
        let mut number = 0_u32;
        for (place, byte) in group.iter().enumerate() {
            let sextet = if place >= 4 - padding { 0 } else { digit(*byte)? };
            number = number << 6 | u32::from(sextet);
        }
        out.extend(number.to_be_bytes().iter().skip(1).take(3 - padding));
    }
    Some(out)
}
