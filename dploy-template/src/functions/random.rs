//! Random values, all drawn from the seed: sprig's `randAlphaNum`, `uuidv4`.

use rand_chacha::rand_core::Rng;

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("randAlphaNum", &[Param::Int], rand_alpha_num).random(),
    Function::new("uuidv4", &[], |env, _| Ok(Value::String(Text::from(uuid(env))))).random(),
];

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A number below `bound`, each equally likely.
fn below(env: &mut Env<'_>, bound: u32) -> usize {
    let zone = u32::MAX - u32::MAX % bound;
    loop {
        let number = env.random().next_u32();
        if number < zone {
            return usize::try_from(number % bound).unwrap_or_default();
        }
    }
}

/// Letters and digits, among them at least one digit; nothing for a negative count.
fn rand_alpha_num(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let count = usize::try_from(args.int(0)?).unwrap_or(0);
    env.budget.value(count)?;
    env.budget.spend(count as u64 / 8)?;
    let mut text: Vec<u8> = Vec::with_capacity(count);
    for _ in 0..count {
        text.extend(ALPHANUMERIC.get(below(env, 62)));
    }
    if count > 0 && !text.iter().any(u8::is_ascii_digit) {
        let at = below(env, u32::try_from(count).unwrap_or(u32::MAX));
        let digit = ALPHANUMERIC.get(below(env, 10)).copied().unwrap_or(b'0');
        if let Some(slot) = text.get_mut(at) {
            *slot = digit;
        }
    }
    Ok(Value::String(Text::from(text)))
}

/// A version 4 UUID (RFC 9562).
fn uuid(env: &mut Env<'_>) -> String {
    let mut bytes = [0; 16];
    env.random().fill_bytes(&mut bytes);
    let number = u128::from_be_bytes(bytes);
    let number = number & !(0xf << 76) | 0x4 << 76;
    let number = number & !(0x3 << 62) | 0x2 << 62;
    let hex = format!("{number:032x}");
    let (a, rest) = hex.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}
