//! Texts taken apart and put together.

use memchr::memmem;

use super::{TWO_STRINGS, strval};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::unicode::runes;
use crate::value::{Dict, Elem, List, Text, TextBuf, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("split", TWO_STRINGS, |env, args| split(env, args, usize::MAX, args.text(1)?))
        .doc("a map with the pieces between separators under _0, _1, …", r#"(split "$" "foo$bar$baz")._1"#),
    Function::new("splitn", &[Param::String, Param::Int, Param::String], |env, args| {
        // A negative number means no limit.
        split(env, args, usize::try_from(args.int(1)?).unwrap_or(usize::MAX), args.text(2)?)
    })
    .doc("like split, with at most so many pieces", r#"(splitn "$" 2 "foo$bar$baz")._1"#),
    Function::new("splitList", TWO_STRINGS, |env, args| {
        let pieces = pieces(env, args, usize::MAX, args.text(1)?)?;
        Ok(Value::List(List::new(Elem::String, pieces)))
    })
    .doc("a list of the pieces between separators", r#"splitList "," "a,b,c""#),
    Function::new("join", &[Param::String, Param::Any], join)
        .doc("the elements of a list with a separator between", r#"join "," (list "a" "b" 3)"#),
    Function::new("toStrings", &[Param::Any], |env, args| {
        let strings = strings(env, args.any(0))?.into_iter().map(Value::String).collect();
        Ok(Value::List(List::new(Elem::String, strings)))
    })
    .doc("a list of the elements as texts", r#"toStrings (list 1 true "a")"#),
    Function::new("sortAlpha", &[Param::Any], sort_alpha)
        .doc("the elements of a list as texts in alphabetical order", r#"sortAlpha (list "c" "a" "b")"#),
];

/// At most `limit` pieces of `text` between separators, its characters where
/// the separator is empty, all of them marked if an argument was.
fn pieces(env: &mut Env<'_>, args: &Args, limit: usize, text: &Text) -> Result<Vec<Value>, Failure> {
    let (separator, bytes) = (args.text(0)?.as_bytes(), text.as_bytes());
    env.budget.bytes(separator.len() + bytes.len())?;
    let ends: Box<dyn Iterator<Item = (usize, usize)>> = if let [byte] = separator {
        Box::new(memchr::memchr_iter(*byte, bytes).map(|at| (at, at + 1)))
    } else if separator.is_empty() {
        let ends = runes(bytes).scan(0, |at, (_, size)| {
            *at += size;
            Some((*at, *at))
        });
        Box::new(ends.filter(|(end, _)| *end < bytes.len()))
    } else {
        Box::new(memmem::find_iter(bytes, separator).map(|at| (at, at + separator.len())))
    };
    let source = args.sources().into_source();
    let piece = |start: usize, end: usize| {
        let piece = bytes.get(start..end).unwrap_or_default();
        Value::String(source.as_ref().map_or_else(|| Text::from(piece), |source| Text::marked(piece, source)))
    };
    let mut pieces = Vec::new();
    if limit == 0 || (separator.is_empty() && bytes.is_empty()) {
        return Ok(pieces);
    }
    let mut start = 0;
    for (end, next) in ends.take(limit - 1) {
        env.budget.spend(1)?;
        pieces.push(piece(start, end));
        start = next;
    }
    pieces.push(piece(start, bytes.len()));
    env.budget.value(pieces.len())?;
    Ok(pieces)
}

fn split(env: &mut Env<'_>, args: &Args, limit: usize, text: &Text) -> Result<Value, Failure> {
    let pieces = pieces(env, args, limit, text)?;
    let entries = pieces.into_iter().enumerate().map(|(index, piece)| (Text::from(format!("_{index}")), piece));
    Ok(Value::Map(Dict::new(Elem::String, entries)))
}

/// The elements of a list that are not nil; anything else is its own only
/// element.
fn elements(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    let items = if let Value::List(list) = value { list.items() } else { std::slice::from_ref(value) };
    items.iter().filter(|item| !matches!(item, Value::Nil | Value::NilInterface))
}

/// The elements of a list as texts, without those that are nil; anything else
/// is its own only element.
fn strings(env: &mut Env<'_>, value: &Value) -> Result<Vec<Text>, Failure> {
    let mut strings = Vec::new();
    let mut size = 0_usize;
    for item in elements(value) {
        env.budget.spend(1)?;
        let text = strval(env, item)?;
        // Several elements may be one and the same text, which takes no room twice.
        if !matches!(item, Value::String(_)) {
            size = size.saturating_add(text.len());
            env.budget.fits(size)?;
        }
        strings.push(text);
    }
    Ok(strings)
}

fn join(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let separator = args.text(0)?;
    let items = elements(args.any(1));
    let size = items.clone().map(|item| separator.len() + text_size(item)).fold(0, usize::saturating_add);
    let mut out = TextBuf::with_capacity(size.min(env.budget.limits().value_bytes));
    for (index, item) in items.enumerate() {
        env.budget.spend(1)?;
        let printed;
        let text = if let Value::String(text) = item {
            text
        } else {
            printed = strval(env, item)?;
            &printed
        };
        if index > 0 {
            out.push_seen(separator);
        }
        out.push_seen(text);
        env.budget.bytes(separator.len() + text.len())?;
        env.budget.fits(out.len())?;
    }
    Ok(Value::String(out.finish()))
}

/// Bytes of a text; a few for what is printed.
fn text_size(item: &Value) -> usize {
    if let Value::String(text) = item { text.len() } else { 8 }
}

/// What is no list becomes one; what prints as nothing else prints as `<nil>`.
fn sort_alpha(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut texts = match args.any(0) {
        list @ Value::List(_) => strings(env, list)?,
        other => vec![strval(env, other)?],
    };
    let size: usize = texts.iter().map(Text::len).sum();
    let rounds = texts.len().checked_ilog2().unwrap_or(0) + 1;
    env.budget.bytes(size.saturating_mul(rounds as usize))?;
    env.budget.spend(texts.len() as u64 * u64::from(rounds) / 8)?;
    texts.sort_unstable();
    Ok(Value::List(List::new(Elem::String, texts.into_iter().map(Value::String).collect())))
}
