//! `html`, `js` and `urlquery` of Go's text/template.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::format;
use crate::options::MissingKey;
use crate::unicode::is_print;
use crate::value::{Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("html", &[], Param::Any, |env, args| escaped(env, args, html))
        .doc("all values as text that HTML shows as it is", r#"html "<b>" 1"#),
    Function::variadic("js", &[], Param::Any, |env, args| escaped(env, args, js))
        .doc("all values as text between the quotes of JavaScript", r#"js "it's <b>""#),
    Function::variadic("urlquery", &[], Param::Any, |env, args| escaped(env, args, url_query))
        .doc("all values as text in the query of a URL", r#"urlquery "a b&c""#),
];

/// The arguments printed like the output of an action, then escaped.
fn escaped(env: &mut Env<'_>, args: &Args, escape: fn(&[u8]) -> Vec<u8>) -> Result<Value, Failure> {
    let empty = env.options.missing_key == MissingKey::Empty;
    let printable = |value: &Value| match value {
        Value::Nil | Value::NilInterface => Value::string(if empty { "" } else { "<no value>" }),
        other => other.indirect().unwrap_or(other).clone(),
    };
    let values: Vec<Value> = args.rest(0).iter().map(printable).collect();
    let text = format::sprint(&values, env.budget.limits().value_bytes, empty)?;
    let bytes = escape(text.as_bytes());
    env.budget.value(bytes.len())?;
    Ok(Value::String(Text::computed(bytes, args.sources())))
}

fn html(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            other => out.push(*other),
        }
    }
    out
}

fn js(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.extend_from_slice(b"\\\\"),
                '\'' => out.extend_from_slice(b"\\'"),
                '"' => out.extend_from_slice(b"\\\""),
                '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => out.extend(format!("\\u{:04X}", u32::from(c)).bytes()),
                c if c.is_ascii() || is_print(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => out.extend(format!("\\u{:04X}", u32::from(c)).bytes()),
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

fn url_query(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            b' ' => out.push(b'+'),
            other => out.extend_from_slice(format!("%{other:02X}").as_bytes()),
        }
    }
    out
}
