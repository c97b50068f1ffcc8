//! Floats of 64 bits.

use super::{ANY, charge, to_float64};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::Value;

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::variadic("maxf", ANY, Param::Any, |env, args| fold(env, args, larger))
        .doc("the largest of numbers", "maxf 1.5 3 2"),
    Function::variadic("minf", ANY, Param::Any, |env, args| fold(env, args, smaller))
        .doc("the smallest of numbers", "minf 3 1.5 2"),
    Function::new("floor", ANY, |env, args| fold(env, args, |float, _| float).map(|value| map(&value, f64::floor)))
        .doc("the largest whole number that is not larger", "floor 1.7"),
    Function::new("ceil", ANY, |env, args| fold(env, args, |float, _| float).map(|value| map(&value, f64::ceil)))
        .doc("the smallest whole number that is not smaller", "ceil 1.2"),
    Function::variadic("round", &[Param::Any, Param::Int], Param::Float64, round)
        .doc("a number rounded to some decimals, up from .5 or the third argument on", "round 3.14159 2"),
];

fn fold(env: &mut Env<'_>, args: &Args, operation: fn(f64, f64) -> f64) -> Result<Value, Failure> {
    charge(env, args)?;
    Ok(Value::Float64(args.rest(0).iter().map(to_float64).reduce(operation).unwrap_or(0.0)))
}

fn map(value: &Value, operation: fn(f64) -> f64) -> Value {
    Value::Float64(operation(to_float64(value)))
}

/// Infinity wins over NaN, NaN over everything else, 0 over -0.
fn larger(a: f64, b: f64) -> f64 {
    match () {
        () if a == f64::INFINITY || b == f64::INFINITY => f64::INFINITY,
        () if a.is_nan() || b.is_nan() => f64::NAN,
        () if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                b
            } else {
                a
            }
        }
        () if a > b => a,
        () => b,
    }
}

fn smaller(a: f64, b: f64) -> f64 {
    match () {
        () if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY => f64::NEG_INFINITY,
        () if a.is_nan() || b.is_nan() => f64::NAN,
        () if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                a
            } else {
                b
            }
        }
        () if a < b => a,
        () => b,
    }
}

fn round(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    charge(env, args)?;
    let up_from = if args.len() > 2 { args.float(2)? } else { 0.5 };
    let power = power_of_ten(args.int(1)?);
    let digits = power * to_float64(args.any(0));
    // Like the original, for negative numbers too.
    let rounded = if digits - digits.trunc() >= up_from { digits.ceil() } else { digits.floor() };
    Ok(Value::Float64(rounded / power))
}

/// 10 to a power by Go's `math.Pow`, whose last bit depends on its steps.
fn power_of_ten(power: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "Go converts it to a float too")]
    let wanted = power as f64;
    if wanted.abs() >= 9_223_372_036_854_775_808.0 {
        return if wanted < 0.0 { 0.0 } else { f64::INFINITY };
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^63, as just tested")]
    let mut left = wanted.abs() as u64;
    let (mut fraction, mut exponent) = (1.0, 0_i64);
    // 10 is 0.625 * 2^4
    let (mut square, mut square_exponent) = (0.625, 4_i64);
    while left != 0 {
        if square_exponent > 1 << 12 {
            exponent += square_exponent;
            break;
        }
        if left & 1 == 1 {
            fraction *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if power < 0 { scaled(1.0 / fraction, -exponent) } else { scaled(fraction, exponent) }
}

/// A float times a power of two, rounded once.
fn scaled(fraction: f64, exponent: i64) -> f64 {
    const FRACTION_BITS: u32 = 52;
    let bits = fraction.to_bits();
    let exponent = exponent + (bits >> FRACTION_BITS & 0x7ff).cast_signed() - 1023;
    if exponent < -1075 {
        return 0.0;
    }
    if exponent > 1023 {
        return f64::INFINITY;
    }
    let (exponent, factor) = if exponent < -1022 { (exponent + 53, 0.5_f64.powi(53)) } else { (exponent, 1.0) };
    let biased = (exponent + 1023).cast_unsigned() << FRACTION_BITS;
    factor * f64::from_bits(bits & !(0x7ff << FRACTION_BITS) | biased)
}
