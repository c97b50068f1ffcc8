//! Methods of `time.Time`.

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::format::{format_time, time_string};
use crate::value::{Text, Value};

const TIME: &[Param] = &[Param::Time];

/// The receiver is the first parameter.
pub(super) const METHODS: &[Function] = &[
    Function::new("Year", TIME, |_, args| Ok(Value::Int(i64::from(args.time(0)?.year())))),
    Function::new("Day", TIME, |_, args| Ok(Value::Int(i64::from(args.time(0)?.day())))),
    Function::new("Hour", TIME, |_, args| Ok(Value::Int(i64::from(args.time(0)?.hour())))),
    Function::new("Minute", TIME, |_, args| Ok(Value::Int(i64::from(args.time(0)?.minute())))),
    Function::new("Second", TIME, |_, args| Ok(Value::Int(i64::from(args.time(0)?.second())))),
    Function::new("Nanosecond", TIME, |_, args| Ok(Value::Int(i64::from(args.time(0)?.subsec_nanosecond())))),
    Function::new("YearDay", TIME, |_, args| Ok(Value::Int(i64::from(args.time(0)?.day_of_year())))),
    Function::new("Unix", TIME, |_, args| Ok(Value::Int64(args.time(0)?.timestamp().as_second()))),
    Function::new("UnixMilli", TIME, |_, args| Ok(Value::Int64(args.time(0)?.timestamp().as_millisecond()))),
    Function::new("String", TIME, |_, args| Ok(Value::String(Text::from(time_string(args.time(0)?))))),
    Function::new("UTC", TIME, |_, args| Ok(Value::from(args.time(0)?.timestamp()))),
    Function::new("Format", &[Param::Time, Param::String], format),
];

fn format(env: &mut crate::exec::Env<'_>, args: &Args) -> Result<Value, Failure> {
    let layout = args.text(1)?;
    env.budget.value(layout.len().saturating_mul(4))?;
    let text = format_time(args.time(0)?, &layout.to_string_lossy());
    Ok(Value::String(Text::computed(text.into_bytes(), args.sources())))
}
