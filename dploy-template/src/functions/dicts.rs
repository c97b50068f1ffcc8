//! Maps: sprig's `dict`, `get` and `hasKey`.

use super::strings::strval;
use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Dict, Elem, Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("dict", &[], Param::Any, dict),
    Function::new("get", &[Param::Dict, Param::String], |_, args| {
        let found = args.dict(0)?.get(args.text(1)?.as_bytes());
        Ok(found.unwrap_or_else(|| Value::String(Text::default())))
    }),
    Function::new("set", &[Param::Dict, Param::String, Param::Any], |env, args| {
        env.set(args.dict(0)?, args.text(1)?.clone(), args.any(2).clone())?;
        Ok(args.any(0).clone())
    })
    .mutating()
    .doc("the map, with the entry put in", r#"set (dict "a" 1) "b" 2"#),
    Function::new("unset", &[Param::Dict, Param::String], |env, args| {
        env.unset(args.dict(0)?, args.text(1)?.as_bytes());
        Ok(args.any(0).clone())
    })
    .mutating()
    .doc("the map, with the entry taken out", r#"unset (dict "a" 1 "b" 2) "b""#),
    Function::new("hasKey", &[Param::Dict, Param::String], |_, args| {
        Ok(Value::Bool(args.dict(0)?.contains(args.text(1)?.as_bytes())))
    }),
];

/// Keys and values in turn; a last key without a value gets an empty string.
fn dict(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut entries = Vec::with_capacity(args.len().div_ceil(2));
    for pair in args.rest(0).chunks(2) {
        let [key, value @ ..] = pair else { continue };
        let key = strval(env, key)?;
        let value = value.first().cloned().unwrap_or_else(|| Value::String(Text::default()));
        entries.push((key, value));
    }
    Ok(Value::Map(Dict::new(Elem::Any, entries)))
}
