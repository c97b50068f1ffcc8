//! Text forms of values: sprig's and Helm's `toJson`, `fromJson`, `toYaml`, `b64enc`.

use super::{Args, Function, Param};
use crate::encode;
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Notation, Source, SourceSet, Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("toJson", &[Param::Any], |env, args| encoded(env, args, Notation::Json)),
    Function::new("fromJson", &[Param::String], from_json),
    Function::new("b64enc", &[Param::String], b64enc),
];

/// The text of a value, which remembers the value if a user supplied any of it.
pub(super) fn encoded(env: &mut Env<'_>, args: &Args, notation: Notation) -> Result<Value, Failure> {
    let value = args.any(0);
    let limit = env.budget.limits().value_bytes;
    let text = match notation {
        Notation::Json => encode::json(value, limit)?,
        Notation::Yaml => encode::yaml(value, limit)?,
    };
    // What has no text form encodes to nothing, as in sprig and Helm.
    let bytes = text.unwrap_or_default().into_bytes();
    env.budget.value(bytes.len())?;
    Ok(Value::String(match args.sources().into_source() {
        Some(source) => Text::remembered(bytes, source, value.detached(), notation),
        None => Text::from(bytes),
    }))
}

/// The value of a JSON text, nil where it is not JSON. As in sprig every
/// number becomes a float.
fn from_json(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len().saturating_mul(4))?;
    let mut set = SourceSet::default();
    text.add_sources(&mut set);
    let parsed = serde_json::from_str(&text.to_string_lossy()).unwrap_or(serde_json::Value::Null);
    Ok(from_parsed(&parsed, set.into_source().as_ref()))
}

pub(super) fn from_parsed(json: &serde_json::Value, source: Option<&Source>) -> Value {
    let text = |text: &String| match source {
        Some(source) => Text::marked(text, source),
        None => Text::from(text),
    };
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(number) => Value::Float64(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(string) => Value::String(text(string)),
        serde_json::Value::Array(items) => Value::list(items.iter().map(|item| from_parsed(item, source))),
        serde_json::Value::Object(entries) => {
            Value::map(entries.iter().map(|(key, value)| (text(key), from_parsed(value, source))))
        }
    }
}

/// Standard Base64 with padding (RFC 4648).
fn b64enc(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = args.text(0)?.as_bytes();
    env.budget.value(bytes.len().div_ceil(3).saturating_mul(4))?;
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0_usize, |group, at| group << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for sextet in 0..4 {
            let digit = ALPHABET.get(group >> (18 - 6 * sextet) & 63).copied().unwrap_or(b'=');
            out.push(if sextet <= chunk.len() { digit } else { b'=' });
        }
    }
    Ok(Value::String(Text::computed(out, args.sources())))
}
