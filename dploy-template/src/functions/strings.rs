//! Strings: sprig's `quote`, `indent`, `trunc` and their family.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::format;
use crate::value::{Text, TextBuf, Value};

const STRING: &[Param] = &[Param::String];
const INT_STRING: &[Param] = &[Param::Int, Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("quote", &[], Param::Any, |env, args| quoted(env, args, |text| format::quote(text, false))),
    Function::variadic("squote", &[], Param::Any, |env, args| quoted(env, args, |text| [b"'", text, b"'"].concat())),
    Function::new("indent", INT_STRING, |env, args| indent(env, args.int(0)?, args.text(1)?, "")),
    Function::new("nindent", INT_STRING, |env, args| indent(env, args.int(0)?, args.text(1)?, "\n")),
    Function::new("trunc", INT_STRING, trunc),
    Function::new("trim", STRING, trim),
    Function::new("lower", STRING, |env, args| mapped(env, args, lower)),
    Function::new("upper", STRING, |env, args| mapped(env, args, upper)),
    Function::new("replace", &[Param::String, Param::String, Param::String], replace),
    Function::new("contains", &[Param::String, Param::String], |env, args| {
        let (part, whole) = (args.text(0)?, args.text(1)?);
        Ok(Value::Bool(find(env, whole.as_bytes(), part.as_bytes())?.is_some()))
    }),
    Function::new("splitList", &[Param::String, Param::String], split_list),
];

/// The text of a value as sprig's `strval` gives it.
pub(super) fn strval(env: &mut Env<'_>, value: &Value) -> Result<Text, Failure> {
    let text = format::value_text(value, env.budget.limits().value_bytes)?;
    env.budget.bytes(text.len())?;
    Ok(text)
}

/// Each argument that is not nil, quoted, with spaces between.
fn quoted(env: &mut Env<'_>, args: &Args, quote: impl Fn(&[u8]) -> Vec<u8>) -> Result<Value, Failure> {
    let mut out = Vec::new();
    for value in args.rest(0) {
        if matches!(value, Value::Nil | Value::NilInterface) {
            continue;
        }
        if !out.is_empty() {
            out.push(b' ');
        }
        out.append(&mut quote(strval(env, value)?.as_bytes()));
        env.budget.value(out.len())?;
    }
    Ok(Value::String(Text::computed(out, args.sources())))
}

/// Puts spaces in front of every line. They are the author's even where the
/// line is a user's: the mark remembers how many stand inside it.
fn indent(env: &mut Env<'_>, spaces: i64, text: &Text, lead: &str) -> Result<Value, Failure> {
    let negative = || Failure::execute("strings: negative Repeat count");
    let spaces = usize::try_from(spaces).map_err(|_| negative())?;
    let bytes = text.as_bytes();
    let breaks: Vec<usize> = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
    let padding = spaces.saturating_mul(breaks.len() + 1);
    env.budget.value(padding.saturating_add(bytes.len() + lead.len()))?;
    let pad = " ".repeat(spaces);
    let mut out = TextBuf::default();
    out.push_str(lead);
    out.push_str(&pad);
    let base = out.len();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        out.push(line);
        if line.ends_with(b"\n") {
            out.push_str(&pad);
        }
    }
    let moved = |at: usize| base + at + spaces * breaks.partition_point(|stop| *stop < at);
    for mark in text.marks() {
        let mut mark = mark.clone();
        (mark.start, mark.end) = (moved(mark.start), moved(mark.end));
        mark.indent += spaces;
        out.push_mark(mark);
    }
    Ok(Value::String(out.finish()))
}

fn trunc(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (count, bytes) = (args.int(0)?, args.text(1)?.as_bytes());
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let part = match (count < 0, size < bytes.len()) {
        (_, false) => bytes,
        (true, true) => bytes.get(bytes.len() - size..).unwrap_or_default(),
        (false, true) => bytes.get(..size).unwrap_or_default(),
    };
    env.budget.bytes(part.len())?;
    Ok(Value::String(Text::computed(part.to_vec(), args.sources())))
}

fn trim(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len())?;
    let (start, end) = space_trimmed(text.as_bytes());
    Ok(Value::String(text.trimmed(start, end)))
}

/// Where the text without surrounding Unicode white space begins and ends.
fn space_trimmed(bytes: &[u8]) -> (usize, usize) {
    let mut start = 0;
    let mut end = 0;
    let mut at = 0;
    let mut inside = false;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if !c.is_whitespace() {
                start = if inside { start } else { at };
                inside = true;
                end = at + c.len_utf8();
            }
            at += c.len_utf8();
        }
        if !chunk.invalid().is_empty() {
            start = if inside { start } else { at };
            inside = true;
            at += chunk.invalid().len();
            end = at;
        }
    }
    (start, end)
}

fn mapped(env: &mut Env<'_>, args: &Args, map: fn(char) -> char) -> Result<Value, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len())?;
    let changed: String = text.to_string_lossy().chars().map(map).collect();
    Ok(Value::String(Text::computed(changed.into_bytes(), args.sources())))
}

/// The simple case mapping: one character for one.
fn lower(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (c, mapped.next(), mapped.next()) {
        ('\u{130}', ..) => 'i',
        (_, Some(single), None) => single,
        _ => c,
    }
}

/// The simple case mapping: one character for one.
fn upper(c: char) -> char {
    let code = u32::from(c);
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        // Greek letters with iota below have a capital of their own.
        _ => match code {
            0x1f80..=0x1faf if code & 8 == 0 => char::from_u32(code + 8).unwrap_or(c),
            0x1fb3 | 0x1fc3 | 0x1ff3 => char::from_u32(code + 9).unwrap_or(c),
            _ => c,
        },
    }
}

/// Where `part` begins in `whole`.
fn find(env: &mut Env<'_>, whole: &[u8], part: &[u8]) -> Result<Option<usize>, Failure> {
    env.budget.bytes(whole.len())?;
    match (std::str::from_utf8(whole), std::str::from_utf8(part)) {
        (Ok(whole), Ok(part)) => Ok(whole.find(part)),
        _ if part.is_empty() => Ok(Some(0)),
        _ => {
            env.budget.bytes(whole.len().saturating_mul(part.len()))?;
            Ok(whole.windows(part.len()).position(|window| window == part))
        }
    }
}

/// The pieces of `text` between occurrences of `separator`; its characters
/// where the separator is empty.
fn split<'t>(env: &mut Env<'_>, text: &'t [u8], separator: &[u8]) -> Result<Vec<&'t [u8]>, Failure> {
    let mut pieces = Vec::new();
    let mut rest = text;
    if separator.is_empty() {
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars() {
                let (piece, tail) = rest.split_at(c.len_utf8().min(rest.len()));
                pieces.push(piece);
                rest = tail;
            }
            for _ in chunk.invalid() {
                let (piece, tail) = rest.split_at(1.min(rest.len()));
                pieces.push(piece);
                rest = tail;
            }
        }
        env.budget.value(pieces.len())?;
        env.budget.spend(pieces.len() as u64)?;
        return Ok(pieces);
    }
    while let Some(at) = find_cheap(rest, separator) {
        pieces.push(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + separator.len()..).unwrap_or_default();
    }
    pieces.push(rest);
    env.budget.bytes(text.len())?;
    env.budget.value(pieces.len())?;
    env.budget.spend(pieces.len() as u64)?;
    Ok(pieces)
}

/// Like `find`; the caller accounts for the whole text at once.
fn find_cheap(whole: &[u8], part: &[u8]) -> Option<usize> {
    let first = *part.first()?;
    let mut from = 0;
    loop {
        let rest = whole.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if whole.get(at..)?.starts_with(part) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn split_list(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (separator, text) = (args.text(0)?, args.text(1)?);
    let pieces = split(env, text.as_bytes(), separator.as_bytes())?;
    let source = args.sources().into_source();
    Ok(Value::strings(pieces.into_iter().map(|piece| match &source {
        Some(source) => Text::marked(piece, source),
        None => Text::from(piece),
    })))
}

fn replace(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (old, new, text) = (args.text(0)?.as_bytes(), args.text(1)?.as_bytes(), args.text(2)?.as_bytes());
    let pieces = split(env, text, old)?;
    // An empty string stands before and after every character.
    let ends = if old.is_empty() { 1 } else { 0 };
    let count = (pieces.len() + ends).saturating_sub(usize::from(ends == 0));
    env.budget.value(text.len().saturating_add(new.len().saturating_mul(count)))?;
    let mut out = pieces.join(new);
    if old.is_empty() {
        out.splice(0..0, new.iter().copied());
        if !text.is_empty() {
            out.extend_from_slice(new);
        }
    }
    Ok(Value::String(Text::computed(out, args.sources())))
}
