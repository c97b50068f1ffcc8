//! Exact decimals of any size, as shopspring/decimal computes with them.

use num_bigint::{BigInt, Sign};

use crate::error::Failure;
use crate::exec::Env;
use crate::format::{FloatNotation, format_float};

/// Decimals after the point of a quotient.
const QUOTIENT_DECIMALS: i64 = 16;

/// A whole number times a power of ten.
#[derive(Debug)]
pub(super) struct Decimal {
    value: BigInt,
    exponent: i64,
}

impl Decimal {
    /// The fewest digits that tell the float.
    pub(super) fn from_float(float: f64) -> Result<Self, Failure> {
        if !float.is_finite() {
            return Err(Failure::execute(format!("cannot create a decimal from {float}, expected a finite number")));
        }
        let text = format_float(float, FloatNotation::Exponent, None);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let value = format!("{whole}{decimals}").parse::<i64>().unwrap_or_default();
        let exponent = exponent.parse::<i64>().unwrap_or_default();
        let decimals = i64::try_from(decimals.len()).unwrap_or_default();
        Ok(Self { value: BigInt::from(value), exponent: if value == 0 { 0 } else { exponent - decimals } })
    }

    pub(super) fn add(&self, other: &Self, env: &mut Env<'_>) -> Result<Self, Failure> {
        let (a, b, exponent) = self.aligned(other, env)?;
        Ok(Self { value: a + b, exponent })
    }

    pub(super) fn sub(&self, other: &Self, env: &mut Env<'_>) -> Result<Self, Failure> {
        let (a, b, exponent) = self.aligned(other, env)?;
        Ok(Self { value: a - b, exponent })
    }

    pub(super) fn mul(&self, other: &Self, env: &mut Env<'_>) -> Result<Self, Failure> {
        pay(env, self.value.bits(), other.value.bits())?;
        Ok(Self { value: &self.value * &other.value, exponent: self.exponent + other.exponent })
    }

    /// Rounded half away from zero.
    pub(super) fn div(&self, other: &Self, env: &mut Env<'_>) -> Result<Self, Failure> {
        if other.value.sign() == Sign::NoSign {
            return Err(Failure::execute("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + QUOTIENT_DECIMALS;
        let dividend = shifted(&self.value, shift.max(0), env)?;
        let divisor = shifted(&other.value, (-shift).max(0), env)?;
        pay(env, dividend.bits(), divisor.bits())?;
        let mut quotient = &dividend / &divisor;
        let remainder = &dividend - &quotient * &divisor;
        if (remainder.magnitude() << 1_u8) >= *divisor.magnitude() {
            let negative = (self.value.sign() == Sign::Minus) != (other.value.sign() == Sign::Minus);
            quotient += if negative { -1 } else { 1 };
        }
        Ok(Self { value: quotient, exponent: -QUOTIENT_DECIMALS })
    }

    /// Both values at the smaller exponent.
    fn aligned(&self, other: &Self, env: &mut Env<'_>) -> Result<(BigInt, BigInt, i64), Failure> {
        let exponent = self.exponent.min(other.exponent);
        let a = shifted(&self.value, self.exponent - exponent, env)?;
        let b = shifted(&other.value, other.exponent - exponent, env)?;
        Ok((a, b, exponent))
    }

    /// The nearest float; infinite beyond the largest.
    pub(super) fn to_float(&self, env: &mut Env<'_>) -> Result<f64, Failure> {
        let sign = if self.value.sign() == Sign::Minus { -1.0 } else { 1.0 };
        // Somewhat fewer digits than bits / 3, somewhat more than bits / 4
        let bits = i64::try_from(self.value.bits()).unwrap_or(i64::MAX / 2);
        if bits == 0 || self.exponent + bits / 3 < -400 {
            return Ok(if bits == 0 { 0.0 } else { sign * 0.0 });
        }
        if self.exponent + bits / 4 > 400 {
            return Ok(sign * f64::INFINITY);
        }
        pay(env, self.value.bits(), self.value.bits())?;
        Ok(format!("{}e{}", self.value, self.exponent).parse().unwrap_or(f64::NAN))
    }
}

/// A value times a power of ten.
fn shifted(value: &BigInt, power: i64, env: &mut Env<'_>) -> Result<BigInt, Failure> {
    // 10 has less than 4 bits.
    let bits = power.unsigned_abs().saturating_mul(4);
    pay(env, value.bits().saturating_add(bits), bits)?;
    let power = u32::try_from(power).map_err(|_| Failure::limit("a decimal of too many digits"))?;
    Ok(value * BigInt::from(10_u8).pow(power))
}

/// Asks for the work on two numbers of so many bits, before it is done.
fn pay(env: &mut Env<'_>, a: u64, b: u64) -> Result<(), Failure> {
    let words = |bits: u64| bits / 64 + 1;
    env.budget.value(usize::try_from(a / 8).unwrap_or(usize::MAX))?;
    env.budget.spend(words(a).saturating_mul(words(b)) / 16)
}
