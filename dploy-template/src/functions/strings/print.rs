//! Values as text.

use super::computed;
use crate::error::Failure;
use crate::exec::Env;
use crate::format;
use crate::functions::{Args, Function, Param};
use crate::options::MissingKey;
use crate::value::{Elem, Text, TextBuf, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::variadic("quote", &[], Param::Any, quote)
        .doc("each value between double quotes, escaped", r#"quote "say \"hi\"" 2"#),
    Function::variadic("squote", &[], Param::Any, squote)
        .doc("each value between single quotes, nothing escaped", r#"squote "hello" 2"#),
    Function::variadic("cat", &[], Param::Any, cat)
        .doc("all values with spaces between", r#"cat "hello" "beautiful" "world""#),
    Function::new("toString", &[Param::Any], to_string).doc("a value as text", r#"toString 42 | quote"#),
    Function::new("repeat", &[Param::Int, Param::String], repeat).doc("a text so many times", r#"repeat 3 "hello""#),
    Function::new("plural", &[Param::String, Param::String, Param::Int], |_, args| {
        let chosen = if args.int(2)? == 1 { 0 } else { 1 };
        Ok(args.any(chosen).clone())
    })
    .doc("the first text for the number 1, else the second", r#"plural "one anchovy" "many anchovies" 2"#),
    Function::new("hello", &[], |_, _| Ok(Value::string("Hello!"))).doc("a greeting", "hello"),
];

/// The text of a value as sprig's `strval` gives it.
pub(in crate::functions) fn strval(env: &mut Env<'_>, value: &Value) -> Result<Text, Failure> {
    if let Value::String(text) = value {
        env.budget.bytes(text.len())?;
        return Ok(text.clone());
    }
    if let Value::List(list) = value
        && list.elem() == Elem::Uint8
    {
        env.budget.bytes(list.len())?;
        let bytes = list.items().iter().filter_map(|item| u8::try_from(item.as_uint()?).ok());
        return Ok(Text::from(bytes.collect::<Vec<u8>>()));
    }
    if is_nil(value) && env.options.missing_key == MissingKey::Empty {
        return Ok(Text::default());
    }
    printed(env, value)
}

/// The text of a value as `%v` gives it.
fn printed(env: &mut Env<'_>, value: &Value) -> Result<Text, Failure> {
    let text = format::value_text(value, env.budget.limits().value_bytes)?;
    env.budget.bytes(text.len())?;
    if !matches!(value, Value::String(_)) {
        // An element of a list or map takes two bytes at least, and longer than copying them.
        env.budget.spend(text.len() as u64 / 8)?;
    }
    Ok(text)
}

fn present(args: &Args) -> impl Iterator<Item = &Value> {
    args.rest(0).iter().filter(|value| !is_nil(value))
}

fn is_nil(value: &Value) -> bool {
    matches!(value, Value::Nil | Value::NilInterface)
}

fn quote(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut out = Vec::new();
    for value in present(args) {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.append(&mut format::quote(strval(env, value)?.as_bytes(), false));
        env.budget.fits(out.len())?;
    }
    computed(env, args, &out)
}

fn squote(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut out = Vec::new();
    for value in present(args) {
        out.extend_from_slice(if out.is_empty() { b"'" } else { b" '" });
        out.extend_from_slice(printed(env, value)?.as_bytes());
        out.push(b'\'');
        env.budget.fits(out.len())?;
    }
    computed(env, args, &out)
}

/// Marks keep their places.
fn cat(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut out = TextBuf::default();
    for (index, value) in present(args).enumerate() {
        if index > 0 {
            out.push_byte(b' ');
        }
        let text = printed(env, value)?;
        out.push_seen(&text);
        env.budget.fits(out.len())?;
    }
    env.budget.value(out.len())?;
    Ok(Value::String(out.finish()))
}

/// A text stays the very text that it is.
fn to_string(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    strval(env, args.any(0)).map(Value::String)
}

fn repeat(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (count, bytes) = (args.int(0)?, args.text(1)?.as_bytes());
    let negative = |_| Failure::execute("strings: negative Repeat count");
    let count = usize::try_from(count).map_err(negative)?;
    env.budget.value(count.saturating_mul(bytes.len()))?;
    let times = if bytes.is_empty() { 0 } else { count };
    computed(env, args, &bytes.repeat(times))
}
