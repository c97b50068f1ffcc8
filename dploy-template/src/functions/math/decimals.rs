//! Sums, products and quotients of floats by way of exact decimals.

use super::decimal::Decimal;
use super::{ANY, charge, to_float64};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::Value;

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::variadic("addf", &[], Param::Any, |env, args| {
        charge(env, args)?;
        compute(env, 0.0, args.rest(0), Decimal::add)
    })
    .doc("the sum of numbers", "addf 0.1 0.2"),
    Function::new("add1f", ANY, |env, args| {
        charge(env, args)?;
        compute(env, to_float64(args.any(0)), &[Value::Int(1)], Decimal::add)
    })
    .doc("a number and 1", "add1f 1.5"),
    Function::variadic("subf", ANY, Param::Any, |env, args| from_first(env, args, Decimal::sub))
        .doc("the first number less the others", "subf 7.5 2 3"),
    Function::variadic("mulf", ANY, Param::Any, |env, args| from_first(env, args, Decimal::mul))
        .doc("the product of numbers", "mulf 1.5 2 2"),
    Function::variadic("divf", ANY, Param::Any, |env, args| from_first(env, args, Decimal::div))
        .doc("the first number divided by the others", "divf 10 2 4"),
];

type Operation = fn(&Decimal, &Decimal, &mut Env<'_>) -> Result<Decimal, Failure>;

fn from_first(env: &mut Env<'_>, args: &Args, operation: Operation) -> Result<Value, Failure> {
    charge(env, args)?;
    compute(env, to_float64(args.any(0)), args.rest(1), operation)
}

fn compute(env: &mut Env<'_>, first: f64, rest: &[Value], operation: Operation) -> Result<Value, Failure> {
    let mut result = Decimal::from_float(first)?;
    for value in rest {
        result = operation(&result, &Decimal::from_float(to_float64(value))?, env)?;
    }
    result.to_float(env).map(Value::Float64)
}
