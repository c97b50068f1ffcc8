//! Dates: sprig's `now` and `date`.

use jiff::{Timestamp, Zoned};

use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::format::format_time;
use crate::value::{Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("now", &[], |env, _| Ok(Value::Time(now(env)))),
    Function::new("date", &[Param::String, Param::Any], date),
];

fn now(env: &Env<'_>) -> Zoned {
    env.options.now.to_zoned(env.options.zone.clone())
}

/// A time, or seconds since the epoch, in the local zone and in a layout;
/// anything else counts as now.
fn date(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let layout = args.text(0)?;
    let value = args.any(1);
    let instant = match (value.indirect(), value) {
        (Some(Value::Time(time)), _) => time.timestamp(),
        (_, Value::Int(seconds) | Value::Int64(seconds)) => Timestamp::from_second(*seconds)
            .map_err(|_| Failure::execute(format!("{seconds} seconds is out of the range of dates")))?,
        _ => env.options.now,
    };
    env.budget.value(layout.len().saturating_mul(4))?;
    let text = format_time(&instant.to_zoned(env.options.zone.clone()), &layout.to_string_lossy());
    Ok(Value::String(Text::computed(text.into_bytes(), args.sources())))
}
