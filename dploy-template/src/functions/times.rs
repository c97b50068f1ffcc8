//! Methods of `time.Time`.

use std::cmp::Ordering;

use super::dates::written;
use super::{Args, Function, Param, durations};
use crate::error::Failure;
use crate::exec::Env;
use crate::format::{strict_rfc3339, time_go_string, time_string};
use crate::value::{Civil, Elem, List, Location, Stringer, Text, Time, Value};

const TIME: &[Param] = &[Param::Time];
const TIME2: &[Param] = &[Param::Time, Param::Time];
const TIME_DURATION: &[Param] = &[Param::Time, Param::Duration];
const TIME_BYTES: &[Param] = &[Param::Time, Param::Bytes];

/// The receiver is the first parameter.
pub(super) const METHODS: &[Function] = &[
    Function::new("Year", TIME, |_, args| part(args, |civil| civil.year)),
    Function::new("Month", TIME, |_, args| {
        let month = i8::try_from(args.time(0)?.civil().month).unwrap_or_default();
        Ok(Value::Stringer(Stringer::Month(month)))
    }),
    Function::new("Weekday", TIME, |_, args| {
        let day = i8::try_from(args.time(0)?.civil().weekday).unwrap_or_default();
        Ok(Value::Stringer(Stringer::Weekday(day)))
    }),
    Function::new("Day", TIME, |_, args| part(args, |civil| civil.day.into())),
    Function::new("Hour", TIME, |_, args| part(args, |civil| civil.hour.into())),
    Function::new("Minute", TIME, |_, args| part(args, |civil| civil.minute.into())),
    Function::new("Second", TIME, |_, args| part(args, |civil| civil.second.into())),
    Function::new("Nanosecond", TIME, |_, args| Ok(Value::Int(args.time(0)?.nanos().into()))),
    Function::new("YearDay", TIME, |_, args| part(args, |civil| civil.year_day.into())),
    Function::new("Unix", TIME, |_, args| Ok(Value::Int64(args.time(0)?.unix_seconds()))),
    Function::new("UnixMilli", TIME, |_, args| since_epoch(args, 1_000)),
    Function::new("UnixMicro", TIME, |_, args| since_epoch(args, 1_000_000)),
    Function::new("UnixNano", TIME, |_, args| since_epoch(args, 1_000_000_000)),
    Function::new("IsZero", TIME, |_, args| Ok(Value::Bool(args.time(0)?.is_zero()))),
    Function::new("IsDST", TIME, |_, args| Ok(Value::Bool(args.time(0)?.zone().dst))),
    Function::new("After", TIME2, |_, args| Ok(Value::Bool(compare(args)? == Ordering::Greater))),
    Function::new("Before", TIME2, |_, args| Ok(Value::Bool(compare(args)? == Ordering::Less))),
    Function::new("Equal", TIME2, |_, args| Ok(Value::Bool(compare(args)? == Ordering::Equal))),
    Function::new("Compare", TIME2, |_, args| Ok(Value::Int(compare(args)? as i64))),
    Function::new("Sub", TIME2, |_, args| Ok(durations::value(args.time(0)?.since(args.time(1)?)))),
    Function::new("Add", TIME_DURATION, |_, args| Ok(Value::Time(args.time(0)?.plus(args.duration(1)?)))),
    Function::new("AddDate", &[Param::Time, Param::Int, Param::Int, Param::Int], add_date),
    Function::new("Round", TIME_DURATION, |_, args| Ok(Value::Time(rounded(args.time(0)?, args.duration(1)?)))),
    Function::new("Truncate", TIME_DURATION, |_, args| {
        let (time, step) = (args.time(0)?, args.duration(1)?);
        Ok(Value::Time(if step <= 0 { time.clone() } else { time.plus(-time.beyond_multiple(step)) }))
    }),
    Function::new("UTC", TIME, |_, args| Ok(Value::Time(args.time(0)?.at(Location::UTC)))),
    Function::new("Local", TIME, |env, args| Ok(Value::Time(args.time(0)?.at(Location::local(&env.options.zone))))),
    Function::new("In", &[Param::Time, Param::Location], |_, args| match args.any(1) {
        Value::Stringer(Stringer::Location(location)) => Ok(Value::Time(args.time(0)?.at(location.clone()))),
        _ => Err(Failure::execute("time: missing Location in call to Time.In")),
    }),
    Function::new("Location", TIME, |_, args| {
        Ok(Value::Stringer(Stringer::Location(args.time(0)?.location().clone())))
    }),
    Function::new("String", TIME, |_, args| Ok(Value::String(time_string(args.time(0)?)))),
    Function::new("GoString", TIME, |_, args| Ok(Value::String(time_go_string(args.time(0)?)))),
    Function::new("Format", &[Param::Time, Param::String], |env, args| {
        written(env, args, args.time(0)?, args.text(1)?)
    }),
    Function::new("AppendFormat", &[Param::Time, Param::Bytes, Param::String], |env, args| {
        let Value::String(text) = written(env, args, args.time(0)?, args.text(2)?)? else {
            return Ok(Value::Nil);
        };
        bytes(env, args.any(1), &text)
    }),
    Function::new("AppendText", TIME_BYTES, |env, args| {
        let text = rfc3339(args, "AppendText")?;
        bytes(env, args.any(1), &text)
    }),
    Function::new("MarshalText", TIME, |env, args| bytes(env, &Value::Nil, &rfc3339(args, "MarshalText")?)),
    Function::new("MarshalJSON", TIME, |env, args| {
        let text = rfc3339(args, "MarshalJSON")?;
        bytes(env, &Value::Nil, &Text::from([b"\"", text.as_bytes(), b"\""].concat()))
    }),
    Function::new("AppendBinary", TIME_BYTES, |env, args| bytes(env, args.any(1), &binary(args.time(0)?)?)),
    Function::new("MarshalBinary", TIME, |env, args| bytes(env, &Value::Nil, &binary(args.time(0)?)?)),
    Function::new("GobEncode", TIME, |env, args| bytes(env, &Value::Nil, &binary(args.time(0)?)?)),
    Function::new("Date", TIME, |_, _| several("Date", 3)),
    Function::new("Clock", TIME, |_, _| several("Clock", 3)),
    Function::new("ISOWeek", TIME, |_, _| several("ISOWeek", 2)),
    Function::new("Zone", TIME, |_, _| several("Zone", 2)),
    Function::new("ZoneBounds", TIME, |_, _| several("ZoneBounds", 2)),
];

/// Templates can use one result only.
fn several(name: &str, count: usize) -> Result<Value, Failure> {
    Err(Failure::execute(format!("can't call method/function {name:?} with {count} results")))
}

fn part(args: &Args, pick: fn(Civil) -> i64) -> Result<Value, Failure> {
    Ok(Value::Int(pick(args.time(0)?.civil())))
}

fn since_epoch(args: &Args, per_second: i64) -> Result<Value, Failure> {
    let time = args.time(0)?;
    let fraction = i64::from(time.nanos()) / (1_000_000_000 / per_second);
    Ok(Value::Int64(time.unix_seconds().wrapping_mul(per_second).wrapping_add(fraction)))
}

fn compare(args: &Args) -> Result<Ordering, Failure> {
    Ok(args.time(0)?.instant().cmp(&args.time(1)?.instant()))
}

fn add_date(_: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let time = args.time(0)?;
    let civil = time.civil();
    let date = (
        civil.year.wrapping_add(args.int(1)?),
        i64::from(civil.month).wrapping_add(args.int(2)?),
        i64::from(civil.day).wrapping_add(args.int(3)?),
    );
    let clock = (civil.hour.into(), civil.minute.into(), civil.second.into());
    Ok(Value::Time(Time::from_parts(date, clock, time.nanos(), time.location().clone())))
}

fn rounded(time: &Time, step: i64) -> Time {
    if step <= 0 {
        return time.clone();
    }
    let beyond = time.beyond_multiple(step);
    if beyond < step - beyond { time.plus(-beyond) } else { time.plus(step - beyond) }
}

fn rfc3339(args: &Args, method: &str) -> Result<Text, Failure> {
    let text = strict_rfc3339(args.time(0)?);
    text.map(Text::from).map_err(|problem| Failure::execute(format!("Time.{method}: {problem}")))
}

/// A `[]byte` and the bytes of a text behind it. Numbers carry no marks, so
/// what a user supplied cannot become bytes.
pub(super) fn bytes(env: &mut Env<'_>, start: &Value, text: &Text) -> Result<Value, Failure> {
    if text.is_marked() {
        return Err(Failure::execute("cannot make bytes of text that a user supplied, expected the template's own"));
    }
    let mut items = match start {
        Value::List(list) => list.items().to_vec(),
        _ => Vec::new(),
    };
    env.budget.value(items.len().saturating_add(text.len()))?;
    items.extend(text.as_bytes().iter().map(|byte| Value::Uint8(*byte)));
    Ok(Value::List(List::new(Elem::Uint8, items)))
}

/// Go's binary form: version, seconds, nanoseconds, offset in minutes.
fn binary(time: &Time) -> Result<Text, Failure> {
    let offset = time.zone().offset;
    let (minutes, seconds) = (offset / 60, offset % 60);
    let (version, minutes, seconds) = match () {
        () if time.location().is_utc() => (1, -1, 0),
        () if minutes == -1 => return Err(Failure::execute("Time.MarshalBinary: unexpected zone offset")),
        () => (if seconds == 0 { 1 } else { 2 }, i16::try_from(minutes).unwrap_or_default(), seconds),
    };
    let mut out = vec![version];
    out.extend(time.seconds().to_be_bytes());
    out.extend(time.nanos().to_be_bytes());
    out.extend(minutes.to_be_bytes());
    if version == 2 {
        out.extend(i8::try_from(seconds).unwrap_or_default().to_be_bytes());
    }
    Ok(Text::from(out))
}
