//! Dates and durations of sprig.

use super::durations::round_to;
use super::math::decimal_int;
use super::{Args, Function, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::format::{duration_string, format_time, parse_duration, parse_time};
use crate::value::{Location, Text, Time, Value};

const SECOND: i64 = 1_000_000_000;
/// Reading a byte of a duration or layout costs as much as copying so many.
const READING: usize = 16;
const LAYOUT_DATE: &[Param] = &[Param::String, Param::Any];
const LAYOUT_DATE_ZONE: &[Param] = &[Param::String, Param::Any, Param::String];
const DURATION_TIME: &[Param] = &[Param::String, Param::Time];
const LAYOUT_TEXT: &[Param] = &[Param::String, Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("now", &[], |env, _| Ok(Value::Time(now(env)))).doc("the time of the render", "now"),
    Function::new("ago", &[Param::Any], ago).doc("how long ago a time, or seconds since 1970, was", "now | ago"),
    Function::new("date", LAYOUT_DATE, |env, args| in_zone(env, args, args.text(0)?, args.any(1), b"Local"))
        .doc("a time, or seconds since 1970, in a layout and the local zone", r#"date "2006-01-02 15:04" 1700000000"#),
    Function::new("dateInZone", LAYOUT_DATE_ZONE, date_in_zone)
        .doc("a time in a layout and a zone", r#"dateInZone "15:04 MST" 1700000000 "Europe/Berlin""#),
    Function::new("date_in_zone", LAYOUT_DATE_ZONE, date_in_zone)
        .doc("a time in a layout and a zone, like dateInZone", r#"date_in_zone "15:04" 1700000000 "UTC""#),
    Function::new("htmlDate", &[Param::Any], |env, args| {
        in_zone(env, args, &Text::from("2006-01-02"), args.any(0), b"Local")
    })
    .doc("a time as HTML writes dates, in the local zone", "htmlDate 1700000000"),
    Function::new("htmlDateInZone", &[Param::Any, Param::String], |env, args| {
        in_zone(env, args, &Text::from("2006-01-02"), args.any(0), args.text(1)?.as_bytes())
    })
    .doc("a time as HTML writes dates, in a zone", r#"htmlDateInZone 1700000000 "Asia/Tokyo""#),
    Function::new("dateModify", DURATION_TIME, |env, args| modify(env, args, false))
        .doc("a time moved by a duration; the same time if that is none", r#"now | dateModify "-1.5h" | date "15:04""#),
    Function::new("date_modify", DURATION_TIME, |env, args| modify(env, args, false))
        .doc("a time moved by a duration, like dateModify", r#"now | date_modify "24h" | date "2006-01-02""#),
    Function::new("mustDateModify", DURATION_TIME, |env, args| modify(env, args, true))
        .doc("a time moved by a duration", r#"now | mustDateModify "-1.5h" | date "15:04""#),
    Function::new("must_date_modify", DURATION_TIME, |env, args| modify(env, args, true))
        .doc("a time moved by a duration, like mustDateModify", r#"now | must_date_modify "1m" | date "15:04""#),
    Function::new("duration", &[Param::Any], duration)
        .doc("seconds, as int64 or string, as a duration", r#"duration "95""#),
    Function::new("durationRound", &[Param::Any], duration_round)
        .doc("the largest unit of a duration, or of the time since a date", r#"durationRound "2h10m""#),
    Function::new("toDate", LAYOUT_TEXT, |env, args| match parsed(env, args)? {
        Ok(time) => Ok(Value::Time(time)),
        Err(_) => Ok(Value::Time(Time::ZERO)),
    })
    .doc(
        "the time that a text tells in a layout; year 1 if it tells none",
        r#"toDate "2006-01-02" "2017-12-31" | date "02/01/2006""#,
    ),
    Function::new("mustToDate", LAYOUT_TEXT, |env, args| parsed(env, args)?.map(Value::Time).map_err(Failure::execute))
        .doc("the time that a text tells in a layout", r#"mustToDate "2006-01-02" "2017-12-31" | date "02/01/2006""#),
    Function::new("unixEpoch", &[Param::Time], |_, args| Ok(Value::from(args.time(0)?.unix_seconds().to_string())))
        .doc("seconds since 1970 as a string", "now | unixEpoch"),
];

fn local(env: &Env<'_>) -> Location {
    Location::local(&env.options.zone)
}

fn now(env: &Env<'_>) -> Time {
    Time::from_timestamp(env.options.now, local(env))
}

/// A time, or seconds since the epoch; anything else counts as now.
fn moment(env: &Env<'_>, value: &Value) -> Time {
    match value {
        Value::Time(time) => time.clone(),
        Value::Int(seconds) | Value::Int64(seconds) => Time::unix(*seconds, 0, local(env)),
        _ => now(env),
    }
}

fn date_in_zone(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    in_zone(env, args, args.text(0)?, args.any(1), args.text(2)?.as_bytes())
}

/// In a zone by its name; in UTC if there is no such zone.
fn in_zone(env: &mut Env<'_>, args: &Args, layout: &Text, date: &Value, zone: &[u8]) -> Result<Value, Failure> {
    if matches!(date, Value::Pointer(pointer) if pointer.type_name() == "time.Time" && pointer.target().is_none()) {
        return Err(Failure::execute("nil pointer, expected a time"));
    }
    let time = moment(env, date.indirect().unwrap_or(date));
    env.budget.bytes(zone.len())?;
    let name = std::str::from_utf8(zone).unwrap_or("?");
    let location = Location::load(name, &env.options.zone).unwrap_or(Location::UTC);
    written(env, args, &time.at(location), layout)
}

/// A time in a layout.
pub(super) fn written(env: &mut Env<'_>, args: &Args, time: &Time, layout: &Text) -> Result<Value, Failure> {
    // The name of a zone may be longer than the part that stands for it.
    let growth = 4 + time.location().name().len() / 3;
    env.budget.value(layout.len().saturating_mul(growth))?;
    let text = format_time(time, layout.as_bytes());
    Ok(Value::String(Text::computed(text, args.sources())))
}

fn modify(env: &mut Env<'_>, args: &Args, must: bool) -> Result<Value, Failure> {
    env.budget.bytes(args.text(0)?.len().saturating_mul(READING))?;
    let time = args.time(1)?;
    match parse_duration(args.text(0)?.as_bytes()) {
        Ok(nanoseconds) => Ok(Value::Time(time.plus(nanoseconds))),
        Err(problem) if must => Err(Failure::execute(problem)),
        Err(_) => Ok(Value::Time(time.clone())),
    }
}

fn ago(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let since = now(env).since(&moment(env, args.any(0)));
    Ok(Value::from(duration_string(round_to(since, SECOND))))
}

fn duration(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (seconds, computed) = match args.any(0) {
        Value::String(text) => {
            env.budget.bytes(text.len())?;
            (decimal_int(text.as_bytes()), args.sources())
        }
        Value::Int64(seconds) => (*seconds, args.sources()),
        _ => (0, args.sources()),
    };
    let text = duration_string(seconds.wrapping_mul(SECOND));
    Ok(Value::String(Text::computed(text.into_bytes(), computed)))
}

fn duration_round(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let nanoseconds = match args.any(0) {
        Value::String(text) => {
            env.budget.bytes(text.len().saturating_mul(READING))?;
            parse_duration(text.as_bytes()).unwrap_or(0)
        }
        Value::Int64(nanoseconds) => *nanoseconds,
        Value::Time(time) => now(env).since(time),
        _ => 0,
    };
    let seconds = nanoseconds.unsigned_abs() / SECOND.cast_unsigned();
    let exact = nanoseconds.unsigned_abs() % SECOND.cast_unsigned() == 0;
    let units = [(365 * 86_400, "y"), (30 * 86_400, "mo"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    // Exactly one unit is not yet one, as in sprig.
    let largest = units.into_iter().find(|(unit, _)| seconds > *unit || (seconds == *unit && !exact));
    let text = largest.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", seconds / unit));
    Ok(Value::String(Text::computed(text.into_bytes(), args.sources())))
}

/// The time that a text tells, or Go's message.
fn parsed(env: &mut Env<'_>, args: &Args) -> Result<Result<Time, String>, Failure> {
    // A name is looked for in the whole history of the local zone.
    const ZONE_HISTORY: u64 = 64;
    let (layout, text) = (args.text(0)?, args.text(1)?);
    env.budget.bytes(layout.len().saturating_add(text.len()).saturating_mul(READING))?;
    env.budget.spend(ZONE_HISTORY)?;
    let name = |name| Text::computed(name, args.sources());
    Ok(parse_time(layout.as_bytes(), text.as_bytes(), &local(env), name))
}
