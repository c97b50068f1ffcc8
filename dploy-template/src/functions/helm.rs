//! Helm's functions.

use serde_json::Number;

use super::encoding::{self, encoded};
use super::{Args, Function, Param, Run};
use crate::error::Failure;
use crate::exec::Env;
use crate::tree;
use crate::value::{Notation, Text, Value};

const STRING: &[Param] = &[Param::String];

/// Known without Helm too, as it is how lists and maps are written in YAML.
pub(super) const YAML: &[Function] =
    &[Function::new("toYaml", &[Param::Any], |env, args| encoded(env, args, Notation::Yaml))
        .doc("a value as YAML, without the last line break", r#"toYaml (dict "a" (list 1 "two"))"#)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::running("include", &[Param::String, Param::Any], None, Run::Include).doc(
        "what the template of this name writes for this data",
        r#"{{ define "greeting" }}Hello {{ . }}!{{ end }}{{ include "greeting" "Ann" | upper }}"#,
    ),
    Function::running("tpl", &[Param::String, Param::Any], None, Run::Tpl)
        .mutating()
        .doc("what a text, read as a template, writes for this data", r#"tpl "Hello {{ . }}!" "Ann""#),
    Function::new("required", &[Param::String, Param::Any], required)
        .doc("a value, or the given error where it is nil or an empty string", r#"required "a name, please" "Ann""#),
    Function::new("toJson", &[Param::Any], |env, args| encoded(env, args, Notation::Json))
        .doc("a value as JSON", r#"toJson (dict "a" (list 1 "two"))"#),
    Function::new("fromJson", STRING, |env, args| from_text(env, args, &JSON_OBJECT))
        .doc("the map that a JSON text holds; why there is none under `Error`", r#"(fromJson "{\"a\": 1}").a"#),
    Function::new("fromJsonArray", STRING, |env, args| from_text(env, args, &JSON_ARRAY))
        .doc("the list that a JSON text holds; why there is none as its only item", r#"fromJsonArray "[1, 2]" | last"#),
    Function::new("fromYaml", STRING, |env, args| from_text(env, args, &YAML_OBJECT))
        .doc("the map that a YAML text holds; why there is none under `Error`", r#"(fromYaml "a: 1").a"#),
    Function::new("fromYamlArray", STRING, |env, args| from_text(env, args, &YAML_ARRAY))
        .doc("the list that a YAML text holds; why there is none as its only item", r#"fromYamlArray "[1, 2]" | last"#),
    Function::new("lookup", &[Param::String, Param::String, Param::String, Param::String], |_, _| {
        let failure = Failure::execute("templates here have no cluster to look into");
        Err(failure.expected("what the template needs among its data"))
    })
    .doc("an error: templates have no cluster to look into", r#"lookup "v1" "Pod" "web" "web-0""#)
    .failing(),
];

/// Refuses nil and the empty string with the author's words.
fn required(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    match args.any(1) {
        Value::Nil | Value::NilInterface => Err(Failure::execute(args.text(0)?.to_string_lossy())),
        Value::String(text) if text.is_empty() => Err(Failure::execute(args.text(0)?.to_string_lossy())),
        value => Ok(value.clone()),
    }
}

/// What a text holds, or why it holds nothing.
type Held = Result<Value, String>;

/// How a text is read, and what it must hold.
struct Reading {
    parse: fn(&mut Env<'_>, &Args) -> Result<Held, Failure>,
    list: bool,
    /// What Go's message begins with where the text holds something else
    context: &'static str,
}

const JSON_OBJECT: Reading = Reading { parse: json, list: false, context: "" };
const JSON_ARRAY: Reading = Reading { list: true, ..JSON_OBJECT };
const YAML_OBJECT: Reading =
    Reading { parse: yaml, list: false, context: "error unmarshaling JSON: while decoding JSON: " };
const YAML_ARRAY: Reading = Reading { list: true, ..YAML_OBJECT };

fn json(env: &mut Env<'_>, args: &Args) -> Result<Held, Failure> {
    let (value, mistake) = encoding::read(env, args)?;
    Ok(mistake.map_or(Ok(value), Err))
}

fn yaml(env: &mut Env<'_>, args: &Args) -> Result<Held, Failure> {
    let text = args.text(0)?;
    env.budget.bytes(text.len().saturating_mul(4))?;
    let source = args.sources().into_source();
    Ok(match tree::read_any(&text.to_string_lossy(), env.budget.limits().value_bytes) {
        Ok(json) => Ok(Value::from_json(&json, source.as_ref(), float)),
        Err(failure) => Err(failure.message),
    })
}

/// Every number of YAML is a float, as Helm gives it.
fn float(number: &Number) -> Value {
    Value::Float64(number.as_f64().unwrap_or_default())
}

/// The collection that a text holds; else one that holds the reason.
fn from_text(env: &mut Env<'_>, args: &Args, reading: &Reading) -> Result<Value, Failure> {
    let read = (reading.parse)(env, args)?.and_then(|value| reading.checked(value));
    Ok(read.unwrap_or_else(|message| {
        let reason = Value::String(Text::computed(message.into_bytes(), args.sources()));
        if reading.list { Value::list([reason]) } else { Value::map([("Error", reason)]) }
    }))
}

impl Reading {
    /// Refuses what is neither the wanted collection nor null.
    fn checked(&self, value: Value) -> Held {
        let found = match &value {
            Value::Nil if self.list => return Ok(Value::list([])),
            Value::Nil => return Ok(Value::map::<&str>([])),
            Value::List(_) if self.list => return Ok(value),
            Value::Map(_) if !self.list => return Ok(value),
            Value::List(_) => "array",
            Value::Map(_) => "object",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        let wanted = if self.list { "[]interface {}" } else { "map[string]interface {}" };
        Err(format!("{}json: cannot unmarshal {found} into Go value of type {wanted}", self.context))
    }
}
