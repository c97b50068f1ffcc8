//! Functions that compare the elements of lists, by type and content.

use std::collections::HashSet;

use super::super::equality::deep_equal;
use super::super::{Args, Function, Param};
use super::{any_list, sequence};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::Value;

const LIST: &[Param] = &[Param::Any];
const NEEDLE_AND_LIST: &[Param] = &[Param::Any, Param::Any];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("uniq", LIST, uniq).doc("the list without repeated elements", "uniq (list 1 2 1 3)"),
    Function::new("mustUniq", LIST, uniq).doc("the same as uniq", "mustUniq (list 1 2 1 3)"),
    Function::variadic("without", LIST, Param::Any, without)
        .doc("the list without these elements", "without (list 1 2 3) 2"),
    Function::variadic("mustWithout", LIST, Param::Any, without)
        .doc("the same as without", "mustWithout (list 1 2 3) 2"),
    Function::new("has", NEEDLE_AND_LIST, has)
        .doc("whether the value, of the same type, is in the list", "has 2 (list 1 2 3)"),
    Function::new("mustHas", NEEDLE_AND_LIST, has).doc("the same as has", "mustHas 2 (list 1 2 3)"),
    Function::new("compact", LIST, compact).doc("the list without its empty elements", r#"compact (list 1 "" 0 "a")"#),
    Function::new("mustCompact", LIST, compact).doc("the same as compact", r#"mustCompact (list 1 "" 0 "a")"#),
];

fn uniq(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let items = sequence(args.any(0), "find uniq on")?.items();
    let mut known = Known::default();
    let mut kept = Vec::new();
    for item in items {
        if !known.contains(env, item)? {
            known.insert(item);
            kept.push(item.clone());
        }
    }
    Ok(any_list(kept))
}

fn without(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let items = sequence(args.any(0), "find without on")?.items();
    env.budget.spend(args.len() as u64)?;
    let mut omitted = Known::default();
    args.rest(1).iter().for_each(|item| omitted.insert(item));
    let mut kept = Vec::new();
    for item in items {
        if !omitted.contains(env, item)? {
            kept.push(item.clone());
        }
    }
    Ok(any_list(kept))
}

fn has(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    if matches!(args.any(1), Value::Nil) {
        return Ok(Value::Bool(false));
    }
    for item in sequence(args.any(1), "find has on")?.items() {
        if deep_equal(env, args.any(0), item)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn compact(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let items = sequence(args.any(0), "compact")?.items();
    env.budget.elements(items.len())?;
    Ok(any_list(items.iter().filter(|item| item.is_true()).cloned().collect()))
}

/// Values to look others up in: strings, numbers and the like by their
/// content at once, all others one by one.
#[derive(Default)]
struct Known<'v> {
    plain: HashSet<Plain<'v>>,
    others: Vec<&'v Value>,
}

/// A value that equals another if both are the same here.
#[derive(PartialEq, Eq, Hash)]
enum Plain<'v> {
    Nil,
    Bool(bool),
    Int(i64),
    Int64(i64),
    Uint8(u8),
    Uint64(u64),
    Float64(u64),
    String(&'v [u8]),
}

impl<'v> Plain<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        Some(match value {
            Value::Nil | Value::NilInterface => Self::Nil,
            Value::Bool(b) => Self::Bool(*b),
            Value::Int(n) => Self::Int(*n),
            Value::Int64(n) => Self::Int64(*n),
            Value::Uint8(n) => Self::Uint8(*n),
            Value::Uint64(n) => Self::Uint64(*n),
            // NaN equals nothing; the zeros equal each other.
            Value::Float64(float) if !float.is_nan() => Self::Float64((float + 0.0).to_bits()),
            Value::String(text) => Self::String(text.as_bytes()),
            _ => return None,
        })
    }
}

impl<'v> Known<'v> {
    fn insert(&mut self, value: &'v Value) {
        match Plain::of(value) {
            Some(plain) => {
                self.plain.insert(plain);
            }
            None => self.others.push(value),
        }
    }

    fn contains(&self, env: &mut Env<'_>, value: &Value) -> Result<bool, Failure> {
        env.budget.spend(1)?;
        if let Value::String(text) = value {
            env.budget.bytes(text.len())?;
        }
        if let Some(plain) = Plain::of(value) {
            return Ok(self.plain.contains(&plain));
        }
        for other in &self.others {
            if deep_equal(env, value, other)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
