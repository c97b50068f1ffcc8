//! Numbers: conversions, whole numbers, floats, decimals.

mod cast;
mod decimal;
mod decimals;
mod floats;
mod integers;
mod numbers;

pub(super) use cast::{to_float64, to_int64};
pub(super) use decimals::FUNCTIONS as DECIMALS;
pub(super) use floats::FUNCTIONS as FLOATS;
pub(super) use integers::FUNCTIONS as INTEGERS;
pub(super) use numbers::{FUNCTIONS as NUMBERS, decimal_int};

use super::{Args, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::Value;

const ANY: &[Param] = &[Param::Any];
const ANY2: &[Param] = &[Param::Any, Param::Any];

/// Spends the work of reading numbers out of the arguments.
fn charge(env: &mut Env<'_>, args: &Args) -> Result<(), Failure> {
    env.budget.spend(args.len() as u64)?;
    for value in args.rest(0) {
        if let Some(Value::String(text)) = value.indirect() {
            env.budget.bytes(text.len())?;
        }
    }
    Ok(())
}
