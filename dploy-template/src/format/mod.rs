//! Go's `fmt`: what `print`, `printf` and plain output write.

mod duration;
mod float;
mod integer;
mod layout;
mod number;
mod parse_time;
mod printer;
mod printf;
mod quote;
mod scan;
mod time;
mod value;

pub(crate) use duration::{duration_string, parse_duration, quote_ascii};
pub(crate) use float::{Notation as FloatNotation, format_float, shortest_f32};
pub(crate) use parse_time::parse_time;
pub(crate) use printf::sprintf;
pub(crate) use quote::quote;
pub(crate) use time::{format_time, month_name, strict_rfc3339, time_go_string, time_string, weekday_name};

use crate::error::Failure;
use crate::value::{Text, TextBuf, Value};
use printer::Printer;

/// Writes a value as `%v` does. More than `limit` bytes are an error.
pub(crate) fn print_value(out: &mut TextBuf, value: &Value, limit: usize) -> Result<(), Failure> {
    let mut printer = Printer::new(std::mem::take(out), limit);
    let printed = printer.argument(value, 'v');
    *out = printer.out;
    printed
}

/// The text of a value as `%v` writes it, with its marks.
pub(crate) fn value_text(value: &Value, limit: usize) -> Result<Text, Failure> {
    if let Value::String(text) = value {
        return Ok(text.clone());
    }
    let mut out = TextBuf::default();
    print_value(&mut out, value, limit)?;
    Ok(out.finish())
}

/// What `fmt.Sprint` gives: spaces between operands of which neither is a string.
pub(crate) fn sprint(args: &[Value], limit: usize, nil_is_empty: bool) -> Result<Text, Failure> {
    let mut printer = Printer::new(TextBuf::default(), limit);
    let mut after_string = true;
    for value in args {
        let is_string = matches!(value, Value::String(_));
        if !is_string && !after_string {
            printer.out.push_byte(b' ');
        }
        printer.top_argument(value, 'v', nil_is_empty)?;
        after_string = is_string;
    }
    Ok(printer.out.finish())
}

/// What `fmt.Sprintln` gives: spaces between all operands and a line break.
pub(crate) fn sprintln(args: &[Value], limit: usize, nil_is_empty: bool) -> Result<Text, Failure> {
    let mut printer = Printer::new(TextBuf::default(), limit);
    for (index, value) in args.iter().enumerate() {
        if index > 0 {
            printer.out.push_byte(b' ');
        }
        printer.top_argument(value, 'v', nil_is_empty)?;
    }
    printer.out.push_byte(b'\n');
    Ok(printer.out.finish())
}

/// A short form of a value for messages.
pub(crate) fn describe(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value_text(value, 1 << 10).unwrap_or_default();
    let text = text.to_string_lossy();
    if text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    text.chars().take(LONGEST).chain("...".chars()).collect()
}
