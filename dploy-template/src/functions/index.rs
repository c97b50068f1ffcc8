//! `index`, `len` and `call` of Go's text/template.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Elem, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("index", &[Param::Any], Param::Any, index)
        .doc("the element of a list, map or string; further keys lead deeper", r#"index (list "a" "b") 1"#),
    Function::new("len", &[Param::Any], len).doc("the number of elements, or of bytes of a string", r#"len "abc""#),
    Function::variadic("call", &[Param::Any], Param::Any, call)
        .failing()
        .doc("the result of a function in the data; data holds none, so it fails", r#"call "a""#),
];

/// A position in something of `len` elements; `len` itself is allowed.
fn position(value: &Value, len: usize) -> Result<usize, Failure> {
    let number = match (value.as_int(), value.as_uint()) {
        (Some(n), _) => i128::from(n),
        (_, Some(n)) => i128::from(n),
        _ if value.is_nil() => return Err(Failure::execute("cannot index slice/array with nil")),
        _ => return Err(Failure::execute(format!("cannot index slice/array with type {}", value.type_name()))),
    };
    let position = usize::try_from(number).ok().filter(|position| *position <= len);
    position.ok_or_else(|| Failure::execute(format!("index out of range: {number}")))
}

fn index(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut item = args.any(0).clone();
    if matches!(item, Value::Nil | Value::NilInterface) {
        return Err(Failure::execute("index of untyped nil"));
    }
    for key in args.rest(1) {
        if let Value::String(key) = key {
            env.budget.bytes(key.len())?;
        }
        item = element(&item, key)?;
    }
    Ok(item)
}

fn element(item: &Value, key: &Value) -> Result<Value, Failure> {
    let out_of_range = || Failure::execute("reflect: slice index out of range");
    match item.indirect() {
        None | Some(Value::Nil | Value::NilInterface) => Err(Failure::execute("index of nil pointer")),
        Some(Value::List(list)) => {
            let at = position(key, list.len())?;
            let value = list.items().get(at).ok_or_else(out_of_range)?;
            Ok(if matches!(value, Value::Nil) { Value::NilInterface } else { value.clone() })
        }
        Some(Value::String(text)) => {
            let at = position(key, text.len())?;
            text.as_bytes().get(at).map(|byte| Value::Uint8(*byte)).ok_or_else(out_of_range)
        }
        Some(Value::Map(dict)) => match key {
            Value::String(key) => Ok(match (dict.get(key.as_bytes()), dict.elem()) {
                (Some(Value::Nil) | None, Elem::Any) => Value::NilInterface,
                (None, elem) => elem.zero(),
                (Some(value), _) => value,
            }),
            Value::Nil | Value::NilInterface => Err(Failure::execute("value is nil; should be of type string")),
            other => {
                let got = other.type_name();
                Err(Failure::execute(format!("value has type {got}; should be string")))
            }
        },
        Some(other) => Err(Failure::execute(format!("can't index item of type {}", other.type_name()))),
    }
}

fn len(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let item = args.any(0);
    let length = match item.indirect() {
        None => return Err(Failure::execute("len of nil pointer")),
        Some(Value::String(text)) => text.len(),
        Some(Value::List(list)) => list.len(),
        Some(Value::Map(dict)) => dict.len(),
        Some(other) => return Err(Failure::execute(format!("len of type {}", other.type_name()))),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// Data holds no functions here, so there is nothing that could be called.
fn call(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    Err(match args.any(0) {
        Value::Nil | Value::NilInterface => Failure::execute("call of nil"),
        other => Failure::execute(format!("non-function of type {}", other.type_name())),
    })
}
