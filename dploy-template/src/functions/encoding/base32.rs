//! Base32 as Go's `base32.StdEncoding` reads and writes it.

use data_encoding::BASE32;

use super::Args;
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

pub(super) fn encode(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let bytes = args.text(0)?.as_bytes();
    env.budget.value(bytes.len().div_ceil(5).saturating_mul(8))?;
    Ok(Value::String(Text::computed(BASE32.encode(bytes).into_bytes(), args.sources())))
}

/// Line breaks are skipped, also for positions, and bits beyond the last
/// byte may be anything; both are Go's rules and no crate's.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5 + 5);
    let mut at = 0;
    while at < text.len() {
        if quantum(&text, &mut at, &mut out).map_err(corrupt)? < 8 {
            break;
        }
    }
    Ok(out)
}

fn corrupt(at: usize) -> String {
    format!("illegal base32 data at input byte {at}")
}

/// Reads up to eight digits; answers how many there were, or where the
/// mistake is.
fn quantum(text: &[u8], at: &mut usize, out: &mut Vec<u8>) -> Result<usize, usize> {
    let mut bits = 0_u64;
    let mut count = 0;
    while count < 8 {
        let Some(byte) = text.get(*at).copied() else {
            return Err(text.len() - count);
        };
        *at += 1;
        let left = text.len() - *at;
        if byte == b'=' && count >= 2 && left < 8 {
            padding(text, *at, count)?;
            break;
        }
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return Err(*at - 1),
        };
        bits = bits << 5 | u64::from(digit);
        count += 1;
    }
    let bytes = (bits << (64 - 5 * count)).to_be_bytes();
    out.extend_from_slice(bytes.get(..count * 5 / 8).unwrap_or_default());
    Ok(count)
}

/// What may follow the first `=`: more of them, up to eight characters. What
/// comes after those is not looked at.
fn padding(text: &[u8], at: usize, count: usize) -> Result<(), usize> {
    let rest = text.get(at..).unwrap_or_default();
    if rest.len() + count < 7 {
        return Err(text.len());
    }
    if let Some(other) = rest.iter().take(7 - count).position(|byte| *byte != b'=') {
        return Err((at + other).saturating_sub(1));
    }
    // One, three and six digits do not end at a byte.
    if matches!(count, 3 | 6) { Err(at - 1) } else { Ok(()) }
}
