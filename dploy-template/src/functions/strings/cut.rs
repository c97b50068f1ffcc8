//! Parts of strings. All positions and lengths count bytes.

use super::{INT_STRING, STRING, changed, computed};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::unicode::is_space;
use crate::value::Value;

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("trunc", INT_STRING, trunc)
        .doc("the first so many bytes, the last ones for a negative number", r#"trunc 5 "hello world""#),
    Function::new("substr", &[Param::Int, Param::Int, Param::String], substr).doc(
        "the bytes from a start to before an end, to the last one for a negative end",
        r#"substr 0 5 "hello world""#,
    ),
    Function::new("nospace", STRING, |env, args| changed(env, args, no_space))
        .doc("the text without white space", r#"nospace "h e l l o""#),
    Function::new("initials", STRING, |env, args| changed(env, args, initials))
        .doc("the first letter of each word", r#"initials "First Try""#),
];

fn trunc(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (count, bytes) = (args.int(0)?, args.text(1)?.as_bytes());
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let part = match (count < 0, size < bytes.len()) {
        (_, false) => bytes,
        (true, true) => bytes.get(bytes.len() - size..).unwrap_or_default(),
        (false, true) => bytes.get(..size).unwrap_or_default(),
    };
    computed(env, args, part)
}

/// A negative start means the first byte.
fn substr(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (start, end, bytes) = (args.int(0)?, args.int(1)?, args.text(2)?.as_bytes());
    let open = start >= 0 && usize::try_from(end).map_or(true, |end| end > bytes.len());
    let length = bytes.len();
    let part = match (usize::try_from(start.max(0)), usize::try_from(end)) {
        (Ok(start), _) if open => bytes.get(start..),
        (Ok(start), Ok(end)) => bytes.get(start..end),
        _ => None,
    };
    let Some(part) = part else {
        return Err(Failure::execute(format!("slice bounds out of range [{start}:{end}] with length {length}")));
    };
    computed(env, args, part)
}

/// As in goutils each byte counts as a character, and one that is no ASCII
/// character as one of Latin-1; a text without white space stays as it is.
fn no_space(bytes: &[u8]) -> Vec<u8> {
    if !bytes.iter().any(|byte| is_space(char::from(*byte))) {
        return bytes.to_vec();
    }
    let kept: String = bytes.iter().map(|byte| char::from(*byte)).filter(|c| !is_space(*c)).collect();
    kept.into_bytes()
}

/// Each byte counts as a character, like in `no_space`.
fn initials(bytes: &[u8]) -> Vec<u8> {
    let mut starts = true;
    let mut out = String::new();
    for c in bytes.iter().map(|byte| char::from(*byte)) {
        if is_space(c) {
            starts = true;
        } else if std::mem::take(&mut starts) {
            out.push(c);
        }
    }
    out.into_bytes()
}
