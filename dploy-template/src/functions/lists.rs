//! Lists: sprig's `list` and `join`.

use super::strings::strval;
use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{TextBuf, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("list", &[], Param::Any, |env, args| {
        env.budget.value(args.len())?;
        Ok(Value::list(args.rest(0).iter().cloned()))
    }),
    Function::new("join", &[Param::String, Param::Any], join),
];

fn join(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let separator = args.text(0)?;
    let single = [args.any(1).clone()];
    let items = match args.any(1) {
        Value::List(list) => list.items(),
        _ => single.as_slice(),
    };
    let mut out = TextBuf::default();
    let mut first = true;
    for item in items.iter().filter(|item| !matches!(item, Value::Nil | Value::NilInterface)) {
        if !first {
            out.push_seen(separator);
        }
        first = false;
        out.push_seen(&strval(env, item)?);
        env.budget.value(out.len())?;
    }
    Ok(Value::String(out.finish()))
}
