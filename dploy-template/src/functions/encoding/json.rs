//! sprig's `toJson`, `fromJson` and their family.

use super::json_reader;
use crate::encode::{self, JsonForm};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::{Notation, SourceSet, Text, Value};

const ANY: &[Param] = &[Param::Any];
const STRING: &[Param] = &[Param::String];

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("toJson", ANY, |env, args| lenient(env, args, JsonForm::Compact))
        .doc("a value as JSON; nothing if it has no JSON form", r#"toJson (dict "a" 1 "b" (list true nil))"#),
    Function::new("mustToJson", ANY, |env, args| strict(env, args, JsonForm::Compact))
        .doc("a value as JSON; an error if it has no JSON form", "mustToJson (list 1 2)"),
    Function::new("toPrettyJson", ANY, |env, args| lenient(env, args, JsonForm::Pretty))
        .doc("a value as JSON of several lines, indented by two spaces", r#"toPrettyJson (dict "a" 1)"#),
    Function::new("mustToPrettyJson", ANY, |env, args| strict(env, args, JsonForm::Pretty))
        .doc("like toPrettyJson, with an error for what has no JSON form", "mustToPrettyJson (list 1 2)"),
    Function::new("toRawJson", ANY, |env, args| strict(env, args, JsonForm::Raw))
        .doc("a value as JSON with <, > and & as they are", r#"toRawJson (dict "html" "<b>&</b>")"#),
    Function::new("mustToRawJson", ANY, |env, args| strict(env, args, JsonForm::Raw))
        .doc("like toRawJson", r#"mustToRawJson "a < b""#),
    Function::new("fromJson", STRING, |env, args| Ok(read(env, args)?.0)).doc(
        "the value of a JSON text, nil if it is not JSON; numbers become floats",
        r#"(fromJson "{\"a\": [1, 2]}").a"#,
    ),
    Function::new("mustFromJson", STRING, |env, args| match read(env, args)? {
        (value, None) => Ok(value),
        (_, Some(mistake)) => Err(Failure::execute(mistake)),
    })
    .doc("the value of a JSON text; an error if it is not JSON", r#"mustFromJson "[1, 2.5, null]""#),
];

/// The text of a value, which remembers the value if a user supplied any of
/// it. What has no text form encodes to nothing, as in sprig and Helm.
pub(in crate::functions) fn encoded(env: &mut Env<'_>, args: &Args, notation: Notation) -> Result<Value, Failure> {
    match notation {
        Notation::Json => lenient(env, args, JsonForm::Compact),
        Notation::Yaml => {
            let text = encode::yaml(args.any(0), env.budget.limits().value_bytes)?;
            written(env, args, text.unwrap_or_default(), notation)
        }
    }
}

fn lenient(env: &mut Env<'_>, args: &Args, form: JsonForm) -> Result<Value, Failure> {
    let text = encode::json(args.any(0), form, env.budget.limits().value_bytes)?;
    written(env, args, text.unwrap_or_default(), Notation::Json)
}

fn strict(env: &mut Env<'_>, args: &Args, form: JsonForm) -> Result<Value, Failure> {
    let text = encode::json(args.any(0), form, env.budget.limits().value_bytes)?;
    let text = text.ok_or_else(|| Failure::execute("json: unsupported value: infinity, NaN or a complex number"))?;
    written(env, args, text, Notation::Json)
}

/// The text of a value, which remembers the value if a user supplied any of it.
fn written(env: &mut Env<'_>, args: &Args, text: String, notation: Notation) -> Result<Value, Failure> {
    let bytes = text.into_bytes();
    env.budget.value(bytes.len())?;
    Ok(Value::String(match args.sources().into_source() {
        Some(source) => Text::remembered(bytes, source, args.any(0).detached(), notation),
        None => Text::from(bytes),
    }))
}

/// The value of a JSON text, and what is wrong with the text.
pub(in crate::functions) fn read(env: &mut Env<'_>, args: &Args) -> Result<(Value, Option<String>), Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len().saturating_mul(4))?;
    let mut set = SourceSet::default();
    text.add_sources(&mut set);
    Ok(match json_reader::read(text.as_bytes(), set.into_source().as_ref()) {
        Ok(read) => read,
        Err(mistake) => (Value::Nil, Some(mistake)),
    })
}
