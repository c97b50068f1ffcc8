//! Go's `encoding/json`.

use crate::error::Failure;
use crate::format::{FloatNotation, format_float, strict_rfc3339};
use crate::value::{StringerJson, Text, Value};

/// The JSON text as `json.Marshal` writes it; none for what it refuses:
/// infinities, NaN and complex numbers.
pub(crate) fn json(value: &Value, limit: usize) -> Result<Option<String>, Failure> {
    let mut out = String::new();
    Ok(write(&mut out, value, 0, limit)?.then_some(out))
}

/// Writes a value; false if some part of it has no JSON form.
fn write(out: &mut String, value: &Value, depth: usize, limit: usize) -> Result<bool, Failure> {
    super::check(out.len(), depth, limit)?;
    match value {
        Value::Nil | Value::NilInterface => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(n) | Value::Int64(n) => out.push_str(&n.to_string()),
        Value::Uint8(n) => out.push_str(&n.to_string()),
        Value::Uint64(n) => out.push_str(&n.to_string()),
        Value::Float64(f) if f.is_finite() => out.push_str(&float(*f)),
        Value::Float64(_) | Value::Complex128(..) => return Ok(false),
        Value::String(text) => string(out, text.as_bytes()),
        Value::Time(time) => {
            let Ok(text) = strict_rfc3339(time) else {
                return Ok(false);
            };
            string(out, &text);
        }
        Value::Stringer(stringer) => match stringer.json() {
            StringerJson::Number(n) => out.push_str(&n.to_string()),
            StringerJson::Text(text) => string(out, text.as_bytes()),
            StringerJson::Empty => out.push_str("{}"),
        },
        Value::Pointer(pointer) => match pointer.target() {
            Some(target) => return write(out, target, depth + 1, limit),
            None => out.push_str("null"),
        },
        Value::List(_) | Value::Map(_) if value.is_nil() => out.push_str("null"),
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.items().iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if !write(out, item, depth + 1, limit)? {
                    return Ok(false);
                }
            }
            out.push(']');
        }
        Value::Map(dict) => {
            let entries = dict.entries();
            return object(out, entries.iter().map(|(key, value)| (key.clone(), value)), depth, limit);
        }
        Value::Struct(fields) => {
            return object(out, fields.json_fields().map(|(name, value)| (Text::from(name), value)), depth, limit);
        }
    }
    Ok(true)
}

fn object<'v>(
    out: &mut String,
    entries: impl Iterator<Item = (Text, &'v Value)>,
    depth: usize,
    limit: usize,
) -> Result<bool, Failure> {
    out.push('{');
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(out, key.as_bytes());
        out.push(':');
        if !write(out, value, depth + 1, limit)? {
            return Ok(false);
        }
    }
    out.push('}');
    Ok(true)
}

/// As ES6 prints numbers, with an exponent from 1e21 on and below 1e-6.
pub(super) fn float(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format_float(value, FloatNotation::Point, None);
    }
    let text = format_float(value, FloatNotation::Exponent, None);
    // e-09 is written e-9.
    match text.split_once("e-0") {
        Some((mantissa, digit)) => format!("{mantissa}e-{digit}"),
        None => text,
    }
}

fn string(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| escape(out, c));
        out.push_str(&"\\ufffd".repeat(chunk.invalid().len()));
    }
    out.push('"');
}

fn escape(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
        c => out.push(c),
    }
}
