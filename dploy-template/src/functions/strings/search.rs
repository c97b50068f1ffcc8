//! Texts in texts.

use memchr::memmem;

use super::{TWO_STRINGS, computed};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::unicode::runes;
use crate::value::Value;

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("contains", TWO_STRINGS, |env, args| {
        compared(env, args, |part, whole| memmem::find(whole, part).is_some())
    })
    .doc("whether the first text stands in the second", r#"contains "ell" "hello""#),
    Function::new("hasPrefix", TWO_STRINGS, |env, args| compared(env, args, |start, whole| whole.starts_with(start)))
        .doc("whether the second text begins with the first", r#"hasPrefix "he" "hello""#),
    Function::new("hasSuffix", TWO_STRINGS, |env, args| compared(env, args, |end, whole| whole.ends_with(end)))
        .doc("whether the second text ends with the first", r#"hasSuffix "lo" "hello""#),
    Function::new("replace", &[Param::String, Param::String, Param::String], replace)
        .doc("the third text with the second in place of the first", r#"replace " " "-" "I Am Henry VIII""#),
];

fn compared(env: &mut Env<'_>, args: &Args, holds: fn(&[u8], &[u8]) -> bool) -> Result<Value, Failure> {
    let (part, whole) = (args.text(0)?.as_bytes(), args.text(1)?.as_bytes());
    env.budget.bytes(part.len() + whole.len())?;
    Ok(Value::Bool(holds(part, whole)))
}

fn replace(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (old, new, text) = (args.text(0)?.as_bytes(), args.text(1)?.as_bytes(), args.text(2)?.as_bytes());
    env.budget.bytes(old.len() + text.len())?;
    if old.is_empty() {
        return interspersed(env, args, new, text);
    }
    if let ([old], [new]) = (old, new) {
        env.budget.fits(text.len())?;
        let out: Vec<u8> = text.iter().map(|byte| if byte == old { *new } else { *byte }).collect();
        return computed(env, args, &out);
    }
    let finder = memmem::Finder::new(old);
    let count = finder.find_iter(text).count();
    let size = text.len() - count * old.len() + new.len().saturating_mul(count);
    env.budget.spend(count as u64 / 4)?;
    env.budget.value(size)?;
    let mut out = Vec::with_capacity(size);
    let mut copied = 0;
    for at in finder.find_iter(text) {
        out.extend_from_slice(text.get(copied..at).unwrap_or_default());
        out.extend_from_slice(new);
        copied = at + old.len();
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
    computed(env, args, &out)
}

/// An empty text stands before every character and at the end.
fn interspersed(env: &mut Env<'_>, args: &Args, new: &[u8], text: &[u8]) -> Result<Value, Failure> {
    let count = runes(text).count() + 1;
    let size = text.len().saturating_add(new.len().saturating_mul(count));
    env.budget.spend(count as u64 / 4)?;
    env.budget.value(size)?;
    let mut out = Vec::with_capacity(size);
    let mut rest = text;
    for (_, size) in runes(text) {
        let (character, tail) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        out.extend_from_slice(new);
        out.extend_from_slice(character);
        rest = tail;
    }
    out.extend_from_slice(new);
    computed(env, args, &out)
}
