//! Conversions to numbers, sequences and random numbers.

use rand_chacha::rand_core::Rng;

use super::{ANY, charge, to_float64, to_int64};
use crate::error::Failure;
use crate::exec::Env;
use crate::format::value_text;
use crate::functions::{Args, Function, Param};
use crate::value::{Text, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("atoi", &[Param::String], atoi).doc("the whole number that a string tells, or 0", r#"atoi "42""#),
    Function::new("int", ANY, |env, args| {
        charge(env, args)?;
        Ok(Value::Int(to_int64(args.any(0))))
    })
    .doc("a value as a whole number (int), 0 if it is none", r#"int "42""#),
    Function::new("int64", ANY, |env, args| {
        charge(env, args)?;
        Ok(Value::Int64(to_int64(args.any(0))))
    })
    .doc("a value as a whole number (int64), 0 if it is none", "int64 42.7"),
    Function::new("float64", ANY, |env, args| {
        charge(env, args)?;
        Ok(Value::Float64(to_float64(args.any(0))))
    })
    .doc("a value as a float, 0 if it is no number", r#"float64 "1.5""#),
    Function::new("toDecimal", ANY, to_decimal).doc("the number that octal digits tell, or 0", r#"toDecimal "755""#),
    Function::variadic("seq", &[], Param::Int, seq)
        .doc("whole numbers with spaces between them: end; start, end; start, step, end", "seq 0 2 10"),
    Function::new("randInt", &[Param::Int, Param::Int], rand_int)
        .random()
        .doc("a random whole number from the first to below the second", "randInt 5 6"),
];

fn atoi(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    charge(env, args)?;
    Ok(Value::Int(decimal_int(args.text(0)?.as_bytes())))
}

/// Digits with an optional sign: 0 for anything else, and the nearest number
/// for one that does not fit.
pub(in crate::functions) fn decimal_int(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let digits = digits.iter().map(|digit| i64::from(digit - b'0'));
    if negative {
        digits.fold(0, |number: i64, digit| number.saturating_mul(10).saturating_sub(digit))
    } else {
        digits.fold(0, |number: i64, digit| number.saturating_mul(10).saturating_add(digit))
    }
}

fn to_decimal(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    charge(env, args)?;
    // How anything else prints is no number.
    let scalar = !matches!(args.any(0), Value::List(_) | Value::Map(_) | Value::Struct(_) | Value::Pointer(_));
    let text = if scalar { value_text(args.any(0), env.budget.limits().value_bytes)? } else { Text::default() };
    Ok(Value::Int64(i64::from_str_radix(&text.to_string_lossy(), 8).unwrap_or(0)))
}

fn seq(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let number = |index| args.int(index);
    let towards = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match args.len() {
        1 => (1, towards(1, number(0)?), number(0)?),
        2 => (number(0)?, towards(number(0)?, number(1)?), number(1)?),
        3 => (number(0)?, number(1)?, number(2)?),
        _ => return Ok(Value::from("")),
    };
    if end < start && step > 0 {
        return Ok(Value::from(""));
    }
    let stop = end.wrapping_add(towards(start, end));
    let count = steps(start, stop, step);
    let widest = start.to_string().len().max(stop.to_string().len()) + 1;
    let size = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(widest);
    env.budget.value(size)?;
    env.budget.spend(u64::try_from(count).unwrap_or(u64::MAX))?;
    // Go would go on after the largest number wraps to the smallest.
    let last = i128::from(start) + count * i128::from(step);
    if i64::try_from(last).is_err() {
        env.budget.value(usize::MAX)?;
    }
    let mut text = String::with_capacity(size);
    let mut number = start;
    for index in 0..count {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(&number.to_string());
        number = number.wrapping_add(step);
    }
    Ok(Value::from(text))
}

/// How many numbers there are from `start` to before `stop`.
fn steps(start: i64, stop: i64, step: i64) -> i128 {
    let distance = i128::from(stop) - i128::from(start);
    let step = i128::from(step);
    if distance == 0 || step == 0 || (distance < 0) != (step < 0) {
        return 0;
    }
    (distance.abs() + step.abs() - 1) / step.abs()
}

fn rand_int(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let least = args.int(0)?;
    let span = match u64::try_from(args.int(1)?.wrapping_sub(least)) {
        Ok(span) if span > 0 => span,
        _ => return Err(Failure::execute("invalid argument to Intn, expected a first number below the second")),
    };
    // Numbers beyond the last whole span would make the small ones likelier.
    let fair = u64::MAX - u64::MAX % span;
    loop {
        let drawn = env.random().next_u64();
        if drawn < fair {
            return Ok(Value::Int(least.wrapping_add((drawn % span).cast_signed())));
        }
    }
}
