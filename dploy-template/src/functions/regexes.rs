//! Regular expressions: sprig's `regexMatch` and its family, with the syntax
//! and the answers of Go's `regexp`.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::regex::{CompileError, Haystack, Regex, Replacement, expand};
use crate::value::{Elem, List, Text, Value};

const TWO: &[Param] = &[Param::String, Param::String];
const THREE: &[Param] = &[Param::String, Param::String, Param::String];
const COUNTED: &[Param] = &[Param::String, Param::String, Param::Int];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("regexMatch", TWO, |env, args| match matches(env, args) {
        Err(CompileError::Syntax(_)) => Ok(Value::Bool(false)),
        other => Ok(other?),
    })
    .doc(
        "whether the expression matches anywhere in the text; false if it is not one",
        r#"regexMatch "^[a-z]+$" "abc""#,
    ),
    Function::new("mustRegexMatch", TWO, |env, args| Ok(matches(env, args)?))
        .doc("like regexMatch, with an error for what is no expression", r#"mustRegexMatch "b+" "abc""#),
    Function::new("regexFind", TWO, find)
        .doc("the first match; nothing if there is none", r#"regexFind "[0-9]+" "a12b345""#),
    Function::new("mustRegexFind", TWO, find).doc("like regexFind", r#"mustRegexFind "[a-z]" "12c""#),
    Function::new("regexFindAll", COUNTED, find_all)
        .doc("the first matches, all with -1", r#"regexFindAll "[0-9]+" "a12b345" -1"#),
    Function::new("mustRegexFindAll", COUNTED, find_all).doc("like regexFindAll", r#"mustRegexFindAll "." "abc" 2"#),
    Function::new("regexReplaceAll", THREE, replace_all).doc(
        "the text (second) with each match replaced by the third argument, in which $1 or ${name} is a group",
        r#"regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W""#,
    ),
    Function::new("mustRegexReplaceAll", THREE, replace_all)
        .doc("like regexReplaceAll", r#"mustRegexReplaceAll "(\\w)(\\w)" "abcd" "$2$1""#),
    Function::new("regexReplaceAllLiteral", THREE, replace_literal).doc(
        "the text (second) with each match replaced by the third argument as it is",
        r#"regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "${1}""#,
    ),
    Function::new("mustRegexReplaceAllLiteral", THREE, replace_literal)
        .doc("like regexReplaceAllLiteral", r#"mustRegexReplaceAllLiteral "b" "abc" "$0""#),
    Function::new("regexSplit", COUNTED, split)
        .doc("the text between matches, in at most so many pieces, all with -1", r#"regexSplit "z+" "pizza" -1"#),
    Function::new("mustRegexSplit", COUNTED, split).doc("like regexSplit", r#"mustRegexSplit "," "a,b,c" 2"#),
    Function::new("regexQuoteMeta", &[Param::String], quote_meta)
        .doc("an expression that matches just this text", r#"regexQuoteMeta "1.5*x""#),
];

/// Runs `work` with the expression that is the first argument, on the text
/// that is the second.
fn with_regex<T>(
    env: &mut Env<'_>,
    args: &Args,
    work: impl FnOnce(&mut Regex, &Haystack<'_>, &mut crate::exec::Budget) -> Result<T, Failure>,
) -> Result<T, CompileError> {
    let text = |index| args.text(index).map_err(CompileError::Bound);
    let (pattern, text) = (text(0)?, text(1)?);
    env.budget.bytes(text.len().saturating_mul(4)).map_err(CompileError::Bound)?;
    let regex = env.regexes.get(pattern.as_bytes(), &mut env.budget)?;
    work(regex, &Haystack::new(text.as_bytes()), &mut env.budget).map_err(CompileError::Bound)
}

fn matches(env: &mut Env<'_>, args: &Args) -> Result<Value, CompileError> {
    with_regex(env, args, |regex, haystack, budget| regex.is_match(haystack, budget).map(Value::Bool))
}

fn computed(args: &Args, bytes: &[u8]) -> Value {
    Value::String(Text::computed(bytes, args.sources()))
}

fn find(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let found = with_regex(env, args, |regex, haystack, budget| {
        let span = regex.find_all(haystack, 1, budget)?.first().copied();
        Ok(computed(args, span.map_or(&[], |span| haystack.part(span))))
    })?;
    Ok(found)
}

/// A list of computed strings. All of them share the sources.
fn strings(args: &Args, parts: impl Iterator<Item = impl AsRef<[u8]>>) -> Value {
    let source = args.sources().into_source();
    Value::strings(parts.map(|part| Text::from_source(part, source.as_ref())))
}

/// How many matches a count asks for; all of them if it is negative.
fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn find_all(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let limit = limit(args.int(2)?);
    let found = with_regex(env, args, |regex, haystack, budget| {
        let spans = regex.find_all(haystack, limit, budget)?;
        budget.value(spans.len())?;
        if spans.is_empty() {
            return Ok(Value::List(List::nil(Elem::String)));
        }
        Ok(strings(args, spans.into_iter().map(|span| haystack.part(span))))
    })?;
    Ok(found)
}

fn split(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let count = args.int(2)?;
    let pattern_is_empty = args.text(0)?.is_empty();
    let pieces = with_regex(env, args, |regex, haystack, budget| {
        if count == 0 {
            return Ok(Value::List(List::nil(Elem::String)));
        }
        if haystack.len() == 0 && !pattern_is_empty {
            return Ok(strings(args, std::iter::once(b"")));
        }
        let pieces = regex.split(haystack, limit(count), budget)?;
        budget.value(pieces.len())?;
        Ok(strings(args, pieces.into_iter().map(|span| haystack.part(span))))
    })?;
    Ok(pieces)
}

fn replace_all(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let template = args.text(2)?;
    env.budget.bytes(template.len().saturating_mul(4))?;
    replaced(env, args, &Replacement::parse(template.as_bytes()))
}

fn replace_literal(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    replaced(env, args, &Replacement::literal(args.text(2)?.as_bytes()))
}

fn replaced(env: &mut Env<'_>, args: &Args, replacement: &Replacement<'_>) -> Result<Value, Failure> {
    let bytes = with_regex(env, args, |regex, haystack, budget| expand(regex, haystack, replacement, budget))?;
    Ok(Value::String(Text::computed(bytes, args.sources())))
}

fn quote_meta(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let text = args.text(0)?.as_bytes();
    env.budget.value(text.len().saturating_mul(2))?;
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    Ok(Value::String(Text::computed(out, args.sources())))
}
