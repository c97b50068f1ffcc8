//! Whole numbers of 64 bits, which wrap.

use super::{ANY, ANY2, charge, to_int64};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::Value;

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::variadic("add", &[], Param::Any, |env, args| fold(env, args, i64::wrapping_add))
        .doc("the sum of whole numbers", "add 1 2 3"),
    Function::new("add1", ANY, |env, args| {
        charge(env, args)?;
        Ok(Value::Int64(to_int64(args.any(0)).wrapping_add(1)))
    })
    .doc("a whole number and 1", "add1 41"),
    Function::new("sub", ANY2, |env, args| fold(env, args, i64::wrapping_sub))
        .doc("the first whole number less the second", "sub 5 3"),
    Function::variadic("mul", ANY, Param::Any, |env, args| fold(env, args, i64::wrapping_mul))
        .doc("the product of whole numbers", "mul 2 3 4"),
    Function::new("div", ANY2, |env, args| divide(env, args, i64::wrapping_div))
        .doc("the first whole number divided by the second, without remainder", "div 7 2"),
    Function::new("mod", ANY2, |env, args| divide(env, args, i64::wrapping_rem))
        .doc("the remainder of the first whole number divided by the second", "mod 7 2"),
    Function::variadic("max", ANY, Param::Any, |env, args| fold(env, args, i64::max))
        .doc("the largest of whole numbers", "max 1 3 2"),
    Function::variadic("biggest", ANY, Param::Any, |env, args| fold(env, args, i64::max))
        .doc("the largest of whole numbers, like max", "biggest 1 3 2"),
    Function::variadic("min", ANY, Param::Any, |env, args| fold(env, args, i64::min))
        .doc("the smallest of whole numbers", "min 3 1 2"),
];

/// All arguments, from left to right; 0 if there is none.
fn fold(env: &mut Env<'_>, args: &Args, operation: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    charge(env, args)?;
    Ok(Value::Int64(args.rest(0).iter().map(to_int64).reduce(operation).unwrap_or(0)))
}

fn divide(env: &mut Env<'_>, args: &Args, operation: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    charge(env, args)?;
    match to_int64(args.any(1)) {
        0 => Err(Failure::execute("integer divide by zero")),
        divisor => Ok(Value::Int64(operation(to_int64(args.any(0)), divisor))),
    }
}
