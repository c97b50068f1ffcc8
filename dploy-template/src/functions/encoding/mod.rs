//! Text forms: JSON, Base64, Base32.

mod base32;
mod base64;
mod json;
mod json_reader;

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

pub(super) use json::{FUNCTIONS as JSON, encoded, read};

const STRING: &[Param] = &[Param::String];

pub(super) const BASES: &[Function] = &[
    Function::new("b64enc", STRING, base64::encode).doc("the text in Base64", r#"b64enc "hello""#),
    Function::new("b64dec", STRING, |env, args| decoded(env, args, base64::decode))
        .doc("the text that Base64 stands for; of what is not Base64, the error", r#"b64dec "aGVsbG8=""#),
    Function::new("b32enc", STRING, base32::encode).doc("the text in Base32", r#"b32enc "hello""#),
    Function::new("b32dec", STRING, |env, args| decoded(env, args, base32::decode))
        .doc("the text that Base32 stands for; of what is not Base32, the error", r#"b32dec "NBSWY3DP""#),
];

/// What a text stands for. As in sprig a mistake is no error: its message is
/// the result.
fn decoded(env: &mut Env<'_>, args: &Args, decode: fn(&[u8]) -> Result<Vec<u8>, String>) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len().saturating_mul(2))?;
    let bytes = decode(text.as_bytes()).unwrap_or_else(String::into_bytes);
    Ok(Value::String(Text::computed(bytes, args.sources())))
}
