//! Methods of `time.Duration`.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::value::{Stringer, Text, Value};

const DURATION: &[Param] = &[Param::Duration];
const DURATION2: &[Param] = &[Param::Duration, Param::Duration];
const HOUR: i64 = 3_600_000_000_000;

/// The receiver is the first parameter.
pub(super) const METHODS: &[Function] = &[
    Function::new("Nanoseconds", DURATION, |_, args| Ok(Value::Int64(args.duration(0)?))),
    Function::new("Microseconds", DURATION, |_, args| Ok(Value::Int64(args.duration(0)? / 1_000))),
    Function::new("Milliseconds", DURATION, |_, args| Ok(Value::Int64(args.duration(0)? / 1_000_000))),
    Function::new("Seconds", DURATION, |_, args| units(args, HOUR / 3600)),
    Function::new("Minutes", DURATION, |_, args| units(args, HOUR / 60)),
    Function::new("Hours", DURATION, |_, args| units(args, HOUR)),
    Function::new("Abs", DURATION, |_, args| Ok(value(args.duration(0)?.saturating_abs()))),
    Function::new("Round", DURATION2, |_, args| Ok(value(round_to(args.duration(0)?, args.duration(1)?)))),
    Function::new("Truncate", DURATION2, |_, args| {
        let (nanoseconds, step) = (args.duration(0)?, args.duration(1)?);
        Ok(value(if step <= 0 { nanoseconds } else { nanoseconds - nanoseconds % step }))
    }),
    Function::new("String", DURATION, |_, args| Ok(Value::String(Stringer::Duration(args.duration(0)?).text()))),
];

/// Methods of values that have no other: `String`, of errors `Error`.
pub(super) const STRING: &[Function] = &[Function::new("String", &[Param::Any], |_, args| Ok(text(args)))];
pub(super) const ERROR: &[Function] = &[Function::new("Error", &[Param::Any], |_, args| Ok(text(args)))];

fn text(args: &Args) -> Value {
    match args.any(0) {
        Value::Stringer(stringer) => Value::String(stringer.text()),
        _ => Value::String(Text::default()),
    }
}

pub(super) fn value(nanoseconds: i64) -> Value {
    Value::Stringer(Stringer::Duration(nanoseconds))
}

/// Whole units and the rest in floats, as Go computes them.
fn units(args: &Args, unit: i64) -> Result<Value, Failure> {
    let nanoseconds = args.duration(0)?;
    #[expect(clippy::cast_precision_loss, reason = "Go computes in floats")]
    let (whole, rest, unit) = ((nanoseconds / unit) as f64, (nanoseconds % unit) as f64, unit as f64);
    Ok(Value::Float64(whole + rest / unit))
}

/// To the nearest multiple of `step`, halves away from zero; what is too
/// long becomes the longest duration.
pub(super) fn round_to(nanoseconds: i64, step: i64) -> i64 {
    if step <= 0 {
        return nanoseconds;
    }
    let rest = (nanoseconds % step).abs();
    let down = nanoseconds - nanoseconds % step;
    match () {
        () if rest < step - rest => down,
        () if nanoseconds < 0 => down.saturating_sub(step),
        () => down.saturating_add(step),
    }
}
