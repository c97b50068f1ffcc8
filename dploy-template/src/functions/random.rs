//! Random values, all drawn from the seed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand_chacha::rand_core::Rng;

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::unicode::runes;
use crate::value::{Text, Value};

const INT: &[Param] = &[Param::Int];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("randAlphaNum", INT, |env, args| drawn(env, args, |c| c.is_ascii_alphanumeric()))
        .doc("so many random letters and digits", "randAlphaNum 8")
        .random(),
    Function::new("randAlpha", INT, |env, args| drawn(env, args, |c| c.is_ascii_alphabetic()))
        .doc("so many random letters", "randAlpha 8")
        .random(),
    Function::new("randNumeric", INT, |env, args| drawn(env, args, |c| c.is_ascii_digit()))
        .doc("so many random digits", "randNumeric 8")
        .random(),
    Function::new("randAscii", INT, |env, args| drawn(env, args, |c| matches!(c, b' '..=b'~')))
        .doc("so many random printable characters of ASCII", "randAscii 8")
        .random(),
    Function::new("randBytes", INT, rand_bytes).doc("so many random bytes in base64", "randBytes 8").random(),
    Function::new("shuffle", &[Param::String], shuffle)
        .doc("the characters of a text in random order", r#"shuffle "hello""#)
        .random(),
    Function::new("uuidv4", &[], |env, _| Ok(Value::String(Text::from(uuid(env)))))
        .doc("a random UUID of version 4", "uuidv4")
        .random(),
];

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

/// Characters of an alphabet, each equally likely; nothing for a negative count.
fn drawn(env: &mut Env<'_>, args: &Args, belongs: fn(&u8) -> bool) -> Result<Value, Failure> {
    let alphabet: Vec<u8> = (0..=127).filter(belongs).collect();
    let size = u32::try_from(alphabet.len()).unwrap_or(1);
    let count = usize::try_from(args.int(0)?).unwrap_or(0);
    env.budget.value(count)?;
    env.budget.spend(count as u64 / 2)?;
    let text: Vec<u8> = (0..count).filter_map(|_| alphabet.get(below(env, size)).copied()).collect();
    Ok(Value::String(Text::from(text)))
}

fn rand_bytes(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let count = usize::try_from(args.int(0)?);
    let count = count.map_err(|_| Failure::execute("a negative number of bytes, expected 0 or more"))?;
    env.budget.value(count.div_ceil(3).saturating_mul(4))?;
    let mut bytes = vec![0; count];
    env.random().fill_bytes(&mut bytes);
    Ok(Value::String(Text::from(STANDARD.encode(bytes))))
}

fn shuffle(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let bytes = args.text(0)?.as_bytes();
    env.budget.bytes(bytes.len())?;
    let mut characters: Vec<char> = runes(bytes).map(|(c, _)| c).collect();
    env.budget.spend(characters.len() as u64 / 2)?;
    for last in (1..characters.len()).rev() {
        let other = below(env, u32::try_from(last + 1).unwrap_or(u32::MAX));
        characters.swap(last, other);
    }
    let text: String = characters.into_iter().collect();
    env.budget.value(text.len())?;
    Ok(Value::String(Text::computed(text.into_bytes(), args.sources())))
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
