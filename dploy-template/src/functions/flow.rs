//! Choosing between values: sprig's `default`, `coalesce`, `ternary`, `empty`.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("default", &[Param::Any], Param::Any, default),
    Function::new("empty", &[Param::Any], |_, args| Ok(Value::Bool(!args.any(0).is_true()))),
    Function::variadic("coalesce", &[], Param::Any, |_, args| {
        Ok(args.rest(0).iter().find(|value| value.is_true()).cloned().unwrap_or_default())
    }),
    Function::new("ternary", &[Param::Any, Param::Any, Param::Bool], |_, args| {
        Ok(args.any(if args.bool(2)? { 0 } else { 1 }).clone())
    }),
];

/// The second argument, or the first where the second is empty or missing.
fn default(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let given = args.any(1);
    Ok(if given.is_true() { given } else { args.any(0) }.clone())
}
