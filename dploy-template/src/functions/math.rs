//! Whole numbers: sprig's `int`, `int64`, `add`, `add1`, `sub`, `mul`.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::syntax::go_int;
use crate::value::Value;

const ANY: &[Param] = &[Param::Any];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("int", ANY, |_, args| Ok(Value::Int(to_int64(args.any(0))))),
    Function::new("int64", ANY, |_, args| Ok(Value::Int64(to_int64(args.any(0))))),
    Function::new("add1", ANY, |_, args| Ok(Value::Int64(to_int64(args.any(0)).wrapping_add(1)))),
    Function::variadic("add", &[], Param::Any, |env, args| fold(env, args, 0, i64::wrapping_add)),
    Function::variadic("mul", ANY, Param::Any, |env, args| fold(env, args, 1, i64::wrapping_mul)),
    Function::new("sub", &[Param::Any, Param::Any], |_, args| {
        Ok(Value::Int64(to_int64(args.any(0)).wrapping_sub(to_int64(args.any(1)))))
    }),
];

fn fold(env: &mut Env<'_>, args: &Args, start: i64, operation: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    env.budget.spend(args.len() as u64)?;
    Ok(Value::Int64(args.rest(0).iter().map(to_int64).fold(start, operation)))
}

/// The conversion of `spf13/cast`, which answers 0 for what is no number.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(n) | Value::Int64(n) => *n,
        Value::Uint8(n) => i64::from(*n),
        Value::Uint64(n) => n.cast_signed(),
        Value::Float64(f) => float_to_int64(*f),
        Value::Bool(b) => i64::from(*b),
        Value::String(text) => go_int(without_zero_decimals(&text.to_string_lossy())).unwrap_or(0),
        Value::Pointer(pointer) => pointer.target().map_or(0, to_int64),
        _ => 0,
    }
}

/// Go's conversion on amd64: what does not fit becomes the smallest number.
fn float_to_int64(float: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&float) {
        #[expect(clippy::cast_possible_truncation, reason = "within range, as just tested")]
        return float as i64;
    }
    i64::MIN
}

/// `10.00` is `10`.
fn without_zero_decimals(text: &str) -> &str {
    let zeros = text.trim_end_matches('0');
    if zeros.len() == text.len() { text } else { zeros.strip_suffix('.').unwrap_or(text) }
}
