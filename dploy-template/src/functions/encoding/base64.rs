//! Base64 as Go's `base64.StdEncoding` reads and writes it.

use data_encoding::BASE64;

use super::Args;
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

pub(super) fn encode(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let bytes = args.text(0)?.as_bytes();
    env.budget.value(bytes.len().div_ceil(3).saturating_mul(4))?;
    Ok(Value::String(Text::computed(BASE64.encode(bytes).into_bytes(), args.sources())))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Line breaks are skipped anywhere, and bits beyond the last byte may be
/// anything; both are Go's rules and no crate's.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut at = 0;
    while let Some(count) = quantum(text, &mut at, &mut out).map_err(corrupt)? {
        if count < 4 {
            break;
        }
    }
    Ok(out)
}

fn corrupt(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

/// Reads up to four digits; answers how many there were, none at the end of
/// the text, or where the mistake is.
fn quantum(text: &[u8], at: &mut usize, out: &mut Vec<u8>) -> Result<Option<usize>, usize> {
    let mut digits = [0_u8; 4];
    let mut count = 0;
    while let Some(slot) = digits.get_mut(count) {
        let Some(byte) = text.get(*at).copied() else {
            return if count == 0 { Ok(None) } else { Err(*at - count) };
        };
        *at += 1;
        match (digit(byte), byte) {
            (Some(digit), _) => {
                *slot = digit;
                count += 1;
            }
            (None, b'\n' | b'\r') => {}
            (None, b'=') if count >= 2 => {
                padding(text, at, count)?;
                break;
            }
            _ => return Err(*at - 1),
        }
    }
    let [a, b, c, d] = digits;
    let bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    out.extend_from_slice(bytes.get(..count - 1).unwrap_or_default());
    Ok(Some(count))
}

/// What may follow the first `=`: a second one if two digits stand before,
/// and the end.
fn padding(text: &[u8], at: &mut usize, count: usize) -> Result<(), usize> {
    skip_breaks(text, at);
    if count == 2 {
        match text.get(*at) {
            None => return Err(text.len()),
            Some(b'=') => *at += 1,
            Some(_) => return Err(*at - 1),
        }
        skip_breaks(text, at);
    }
    if *at < text.len() { Err(*at) } else { Ok(()) }
}

fn skip_breaks(text: &[u8], at: &mut usize) {
    while matches!(text.get(*at), Some(b'\n' | b'\r')) {
        *at += 1;
    }
}
