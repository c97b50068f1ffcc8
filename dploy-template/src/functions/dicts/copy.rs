//! Copies that share nothing with what they are copies of.

use std::sync::Arc;

use super::super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Dict, List, Location, Object, Pointer, SourceSet, Stringer, Text, Value, Version};
use crate::version::Semver;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("deepCopy", &[Param::Any], deep_copy)
        .doc("a copy whose maps can be changed without changing the original", r#"deepCopy (dict "a" (list 1 2))"#),
    Function::new("mustDeepCopy", &[Param::Any], deep_copy)
        .doc("the same as deepCopy", r#"mustDeepCopy (dict "a" (list 1 2))"#),
];

fn deep_copy(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    match args.any(0) {
        Value::Nil | Value::NilInterface => Err(Failure::execute("nil cannot be copied")),
        value => copy(env, value, 0),
    }
}

fn copy(env: &mut Env<'_>, value: &Value, depth: usize) -> Result<Value, Failure> {
    env.budget.visit(depth)?;
    Ok(match value {
        Value::List(list) if list.is_nil() => value.clone(),
        Value::Map(dict) if dict.is_nil() => value.clone(),
        Value::List(list) => {
            env.budget.elements(list.len())?;
            let items = list.items().iter().map(|item| element(env, item, depth));
            Value::List(List::new(list.elem(), items.collect::<Result<_, _>>()?))
        }
        Value::Map(dict) => {
            env.budget.elements(dict.len())?;
            let entries = dict.entries().into_iter().map(|(key, item)| Ok((key, element(env, &item, depth)?)));
            Value::Map(Dict::new(dict.elem(), entries.collect::<Result<Vec<_>, Failure>>()?))
        }
        Value::Struct(object) => {
            let fields = object
                .named_fields()
                .map(|(name, json, field)| Ok((name.to_owned(), json.to_owned(), copy(env, field, depth + 1)?)));
            let fields = fields.collect::<Result<Vec<_>, Failure>>()?;
            Value::Struct(Object::new(object.type_name(), fields.into_iter()))
        }
        Value::Pointer(pointer) => {
            let target = pointer.target().map(|target| copy(env, target, depth + 1)).transpose()?;
            Value::Pointer(Pointer::new(pointer.type_name(), target))
        }
        Value::Stringer(stringer) => Value::Stringer(without_private_fields(stringer)),
        other => other.clone(),
    })
}

/// Go's library cannot copy private fields: what has no others comes out as
/// the zero value of its type.
fn without_private_fields(stringer: &Stringer) -> Stringer {
    match stringer {
        Stringer::Location(_) => Stringer::Location(Location::fixed(Text::default(), 0)),
        Stringer::Version(_) => Stringer::Version(Version::new(Semver::default(), SourceSet::default())),
        Stringer::Error(_) => Stringer::Error(Arc::default()),
        number => number.clone(),
    }
}

/// A nil pointer in a list or map loses its type, as Go's library for this has it.
fn element(env: &mut Env<'_>, item: &Value, depth: usize) -> Result<Value, Failure> {
    match item {
        Value::Pointer(pointer) if pointer.target().is_none() => Ok(Value::Nil),
        item => copy(env, item, depth + 1),
    }
}
