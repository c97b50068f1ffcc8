//! Parts of maps, always in the order of their keys.

use std::collections::HashSet;

use super::super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Dict, Elem, List, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("keys", &[], Param::Dict, keys).doc("the sorted keys of each map", r#"keys (dict "b" 1 "a" 2)"#),
    Function::new("values", &[Param::Dict], values)
        .doc("the values of a map, sorted by key", r#"values (dict "b" 1 "a" 2)"#),
    Function::variadic("pluck", &[Param::String], Param::Dict, pluck)
        .doc("the values that the maps have under the key", r#"pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3)"#),
    Function::variadic("pick", &[Param::Dict], Param::String, pick)
        .doc("a new map of the entries with these keys", r#"pick (dict "a" 1 "b" 2 "c" 3) "a" "c""#),
    Function::variadic("omit", &[Param::Dict], Param::String, omit)
        .doc("a new map without the entries with these keys", r#"omit (dict "a" 1 "b" 2 "c" 3) "a" "c""#),
];

fn keys(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let mut keys = Vec::new();
    for index in 0..args.len() {
        let dict = args.dict(index)?;
        env.budget.fits(keys.len() + dict.len())?;
        env.budget.elements(dict.len())?;
        keys.extend(dict.entries().into_iter().map(|(key, _)| Value::String(key)));
    }
    Ok(Value::List(List::new(Elem::String, keys)))
}

fn values(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let dict = args.dict(0)?;
    env.budget.elements(dict.len())?;
    Ok(Value::list(dict.entries().into_iter().map(|(_, value)| value)))
}

fn pluck(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let key = args.text(0)?;
    let mut found = Vec::new();
    for index in 1..args.len() {
        env.budget.key(key)?;
        found.extend(args.dict(index)?.get(key.as_bytes()));
    }
    Ok(Value::list(found))
}

fn pick(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let dict = args.dict(0)?;
    let mut picked = Vec::new();
    for index in 1..args.len() {
        let key = args.text(index)?;
        env.budget.key(key)?;
        picked.extend(dict.get(key.as_bytes()).map(|value| (key.clone(), value)));
    }
    Ok(Value::Map(Dict::new(Elem::Any, picked)))
}

fn omit(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let dict = args.dict(0)?;
    env.budget.spend(args.len() as u64)?;
    env.budget.elements(dict.len())?;
    for index in 1..args.len() {
        env.budget.key(args.text(index)?)?;
    }
    let omitted = (1..args.len()).map(|index| Ok(args.text(index)?.as_bytes()));
    let omitted = omitted.collect::<Result<HashSet<_>, Failure>>()?;
    let kept = dict.entries().into_iter().filter(|(key, _)| !omitted.contains(key.as_bytes()));
    Ok(Value::Map(Dict::new(Elem::Any, kept)))
}
