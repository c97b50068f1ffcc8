//! Choosing between values.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("default", &[Param::Any], Param::Any, default)
        .doc("the second value, or the first where the second is empty or missing", r#"default "a" """#),
    Function::new("empty", &[Param::Any], |_, args| Ok(Value::Bool(!args.any(0).is_true())))
        .doc("whether the value is 0, false, nil or has no content", r#"empty """#),
    Function::variadic("coalesce", &[], Param::Any, coalesce)
        .doc("the first value that is not empty", r#"coalesce "" 0 "a" "b""#),
    Function::variadic("all", &[], Param::Any, |_, args| Ok(Value::Bool(args.rest(0).iter().all(Value::is_true))))
        .doc("whether no value is empty", r#"all 1 "a" """#),
    Function::variadic("any", &[], Param::Any, |_, args| Ok(Value::Bool(args.rest(0).iter().any(Value::is_true))))
        .doc("whether at least one value is not empty", r#"any 0 "a" """#),
    Function::new("ternary", &[Param::Any, Param::Any, Param::Bool], |_, args| {
        Ok(args.any(if args.bool(2)? { 0 } else { 1 }).clone().in_interface())
    })
    .doc("the first value if the third is true, else the second", "ternary 1 2 true"),
    Function::new("fail", &[Param::String], fail)
        .failing()
        .doc("an error with this message", r#"fail "a name is needed""#),
];

fn default(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let given = args.any(1);
    Ok(if given.is_true() { given } else { args.any(0) }.clone().in_interface())
}

fn coalesce(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    Ok(args.rest(0).iter().find(|value| value.is_true()).cloned().unwrap_or_default().in_interface())
}

fn fail(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let message = args.text(0)?;
    env.budget.bytes(message.len())?;
    Err(Failure::execute(message.to_string_lossy()))
}
