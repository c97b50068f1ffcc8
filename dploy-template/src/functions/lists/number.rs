//! Lists of numbers.

use super::super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Elem, List, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("until", &[Param::Int], until)
        .doc("the whole numbers from 0 up to, not including, this one", "until 5"),
    Function::new("untilStep", &[Param::Int, Param::Int, Param::Int], until_step)
        .doc("the whole numbers from one up to, not including, another, in steps", "untilStep 3 12 3"),
];

fn until(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let stop = args.int(0)?;
    numbers(env, 0, stop, if stop < 0 { -1 } else { 1 })
}

fn until_step(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    numbers(env, args.int(0)?, args.int(1)?, args.int(2)?)
}

/// The numbers on the way from `start` to `stop`; none if `step` leads elsewhere.
fn numbers(env: &mut Env<'_>, start: i64, stop: i64, step: i64) -> Result<Value, Failure> {
    let away = if stop < start { step >= 0 } else { step <= 0 };
    let count = if away { 0 } else { start.abs_diff(stop).div_ceil(step.unsigned_abs()) };
    // Go's counter wraps around where a step leads beyond 64 bits, and goes on for ever.
    let end = i128::from(start) + i128::from(step) * i128::from(count);
    let count = if i64::try_from(end).is_ok() { usize::try_from(count).unwrap_or(usize::MAX) } else { usize::MAX };
    env.budget.elements(count)?;
    let all = std::iter::successors(Some(start), |number| number.checked_add(step));
    Ok(Value::List(List::new(Elem::Int, all.take(count).map(Value::Int).collect())))
}
