//! Lists: sprig's `list`.

use super::{Function, Param};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function::variadic("list", &[], Param::Any, |env, args| {
    env.budget.value(args.len())?;
    Ok(Value::list(args.rest(0).iter().cloned()))
})];
