//! Comparison and logic of Go's text/template.

use super::{Args, Function, Param, Run};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Kind, Value};

const ANY2: &[Param] = &[Param::Any, Param::Any];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::running("and", &[Param::Any], Some(Param::Any), Run::Until(false))
        .doc("the first empty argument, or the last; the rest is not evaluated", r#"and 1 "a""#),
    Function::running("or", &[Param::Any], Some(Param::Any), Run::Until(true))
        .doc("the first argument that is not empty, or the last; the rest is not evaluated", r#"or "" "a""#),
    Function::new("not", &[Param::Any], |_, args| Ok(Value::Bool(!args.any(0).is_true())))
        .doc("whether the argument is empty", r#"not """#),
    Function::variadic("eq", &[Param::Any], Param::Any, eq)
        .doc("whether the first argument equals any of the others", r#"eq "a" "b" "a""#),
    Function::new("ne", ANY2, |env, args| Ok(Value::Bool(!equal(env, args.any(0), args.any(1))?)))
        .doc("whether two arguments differ", "ne 1 2"),
    Function::new("lt", ANY2, |env, args| Ok(Value::Bool(less(env, args.any(0), args.any(1))?)))
        .doc("whether the first is less than the second", "lt 1 2"),
    Function::new("le", ANY2, |env, args| Ok(Value::Bool(less_or_equal(env, args.any(0), args.any(1))?)))
        .doc("whether the first is less than or equals the second", "le 2 2"),
    Function::new("gt", ANY2, |env, args| Ok(Value::Bool(!less_or_equal(env, args.any(0), args.any(1))?)))
        .doc("whether the first is greater than the second", "gt 2 1"),
    Function::new("ge", ANY2, |env, args| Ok(Value::Bool(!less(env, args.any(0), args.any(1))?)))
        .doc("whether the first is greater than or equals the second", "ge 2 2"),
];

/// Whether the first argument equals any of the others.
fn eq(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    if args.len() < 2 {
        return Err(Failure::execute("missing argument for comparison"));
    }
    for other in args.rest(1) {
        if equal(env, args.any(0), other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn incompatible(a: &Value, b: &Value) -> Failure {
    let (a, b) = (a.type_name(), b.type_name());
    Failure::execute(format!("incompatible types for comparison: {a} and {b}"))
}

/// Whether both belong to one family of types that can be compared directly.
fn is_basic(kind: Kind) -> bool {
    !matches!(kind, Kind::Invalid | Kind::Slice | Kind::Map | Kind::Struct | Kind::Pointer)
}

fn equal(env: &mut Env<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    if let (Value::String(a), Value::String(b)) = (a, b) {
        env.budget.bytes(a.len().min(b.len()))?;
        return Ok(a == b);
    }
    let (kind_a, kind_b) = (a.kind(), b.kind());
    match (kind_a, kind_b) {
        (Kind::Int, Kind::Uint) | (Kind::Uint, Kind::Int) => Ok(number(a) == number(b)),
        _ if is_basic(kind_a) || is_basic(kind_b) => {
            if kind_a == kind_b {
                Ok(same_basic(a, b))
            } else if kind_a == Kind::Invalid || kind_b == Kind::Invalid {
                Ok(false)
            } else {
                Err(incompatible(a, b))
            }
        }
        _ if kind_a != kind_b && kind_a != Kind::Invalid && kind_b != Kind::Invalid => {
            Err(Failure::execute(format!("non-comparable types {}, {}", a.type_name(), b.type_name())))
        }
        _ if a.is_nil() || b.is_nil() => Ok(a.is_nil() && b.is_nil()),
        _ => same_composite(a, b),
    }
}

fn number(value: &Value) -> Option<i128> {
    value.as_int().map(i128::from).or_else(|| value.as_uint().map(i128::from))
}

#[expect(clippy::float_cmp, reason = "Go compares floats exactly")]
fn same_basic(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Float64(a), Value::Float64(b)) => a == b,
        (Value::Complex128(re_a, im_a), Value::Complex128(re_b, im_b)) => re_a == re_b && im_a == im_b,
        (Value::String(a), Value::String(b)) => a == b,
        _ => number(a) == number(b),
    }
}

/// Whether Go can compare values of this type with `==`.
fn is_comparable(value: &Value) -> bool {
    match value {
        Value::List(_) | Value::Map(_) => false,
        Value::Struct(object) => object.fields().all(|(_, field)| is_comparable(field)),
        _ => true,
    }
}

/// Structs, times and pointers; slices and maps cannot be compared.
fn same_composite(a: &Value, b: &Value) -> Result<bool, Failure> {
    if !is_comparable(b) {
        return Err(Failure::execute(format!("non-comparable type {}", b.type_name())));
    }
    Ok(same_fields(a, b))
}

fn same_fields(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Pointer(a), Value::Pointer(b)) => a.same(b),
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::Stringer(a), Value::Stringer(b)) if !is_basic(a.kind()) => a == b,
        (Value::Struct(a), Value::Struct(b)) => {
            a.type_name() == b.type_name() && a.fields().zip(b.fields()).all(|((_, a), (_, b))| same_fields(a, b))
        }
        _ if is_basic(a.kind()) => a.kind() == b.kind() && same_basic(a, b),
        _ => a.is_nil() && b.is_nil(),
    }
}

fn less(env: &mut Env<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    let bad = || Failure::execute("invalid type for comparison");
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            env.budget.bytes(a.len().min(b.len()))?;
            Ok(a < b)
        }
        (Value::Float64(a), Value::Float64(b)) => Ok(a < b),
        _ if !is_basic(a.kind()) || !is_basic(b.kind()) => Err(bad()),
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => Ok(a < b),
            _ if a.kind() == b.kind() => Err(bad()),
            _ => Err(incompatible(a, b)),
        },
    }
}

fn less_or_equal(env: &mut Env<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    Ok(less(env, a, b)? || equal(env, a, b)?)
}
