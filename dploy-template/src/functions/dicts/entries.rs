//! Maps and their entries.

use super::super::strings::strval;
use super::super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Dict, Elem, Text, Value};

const DICT_AND_KEY: &[Param] = &[Param::Dict, Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("dict", &[], Param::Any, dict)
        .doc("a map of keys and values, given in turn", r#"dict "a" 1 "b" 2"#),
    Function::new("get", DICT_AND_KEY, get)
        .doc("the value under the key, an empty string where there is none", r#"get (dict "a" 1) "a""#),
    Function::new("set", &[Param::Dict, Param::String, Param::Any], |env, args| {
        env.set(args.dict(0)?, args.text(1)?.clone(), args.any(2).clone())?;
        Ok(args.any(0).clone())
    })
    .mutating()
    .doc("the map itself, with the entry put in", r#"set (dict "a" 1) "b" 2"#),
    Function::new("unset", DICT_AND_KEY, |env, args| {
        env.budget.key(args.text(1)?)?;
        env.unset(args.dict(0)?, args.text(1)?.as_bytes());
        Ok(args.any(0).clone())
    })
    .mutating()
    .doc("the map itself, with the entry taken out", r#"unset (dict "a" 1 "b" 2) "b""#),
    Function::new("hasKey", DICT_AND_KEY, |env, args| {
        env.budget.key(args.text(1)?)?;
        Ok(Value::Bool(args.dict(0)?.contains(args.text(1)?.as_bytes())))
    })
    .doc("whether the map has an entry for the key", r#"hasKey (dict "a" 1) "a""#),
    Function::variadic("dig", &[], Param::Any, dig).doc(
        "the value under a path of keys, or the default where there is none: keys, default, map",
        r#"dig "a" "b" "default" (dict "a" (dict "b" 1))"#,
    ),
];

/// Keys and values in turn; a last key without a value gets an empty string.
fn dict(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    env.budget.elements(args.len())?;
    let mut entries = Vec::with_capacity(args.len().div_ceil(2));
    for pair in args.rest(0).chunks(2) {
        let [key, value @ ..] = pair else { continue };
        let key = strval(env, key)?;
        let value = value.first().cloned().unwrap_or_else(|| Value::String(Text::default()));
        entries.push((key, value));
    }
    Ok(Value::Map(Dict::new(Elem::Any, entries)))
}

fn get(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    env.budget.key(args.text(1)?)?;
    let found = args.dict(0)?.get(args.text(1)?.as_bytes());
    Ok(found.unwrap_or_else(|| Value::String(Text::default())).in_interface())
}

fn dig(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let all = args.rest(0);
    let [keys @ .., default, whole] = all else {
        return Err(too_few());
    };
    let mut value = any_map(whole).cloned()?;
    let keys = keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let Some((last, path)) = keys.split_last() else {
        return Err(too_few());
    };
    env.budget.key(last)?;
    for key in path {
        env.budget.key(key)?;
        match value.get(key.as_bytes()) {
            Some(step) => value = any_map(&step)?.clone(),
            None => return Ok(default.clone().in_interface()),
        }
    }
    Ok(value.get(last.as_bytes()).unwrap_or_else(|| default.clone()).in_interface())
}

fn too_few() -> Failure {
    Failure::execute("dig needs at least three arguments").expected("keys, a default and a map")
}

fn any_map(value: &Value) -> Result<&Dict, Failure> {
    match value {
        Value::Map(dict) if dict.elem() == Elem::Any => Ok(dict),
        other => Err(unexpected(other, "map[string]interface {}")),
    }
}

fn key(value: &Value) -> Result<&Text, Failure> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(unexpected(other, "string")),
    }
}

fn unexpected(value: &Value, wanted: &str) -> Failure {
    let found = if matches!(value, Value::NilInterface) { "<nil>".into() } else { value.type_name() };
    Failure::execute(format!("interface {{}} is {found}, not {wanted}"))
}
