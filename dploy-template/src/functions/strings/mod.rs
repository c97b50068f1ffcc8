//! Strings: sprig's functions on text.

pub(super) mod abbreviate;
pub(super) mod case;
pub(super) mod cut;
pub(super) mod indent;
pub(super) mod pieces;
pub(super) mod print;
pub(super) mod search;
pub(super) mod trim;
pub(super) mod words;
pub(super) mod wrap;

use super::{Args, Param};
use crate::error::Failure;
use crate::exec::Env;
use crate::value::{Text, Value};

pub(super) use print::strval;

const STRING: &[Param] = &[Param::String];
const TWO_STRINGS: &[Param] = &[Param::String, Param::String];
const INT_STRING: &[Param] = &[Param::Int, Param::String];

/// A string computed from the arguments.
fn computed(env: &mut Env<'_>, args: &Args, bytes: &[u8]) -> Result<Value, Failure> {
    env.budget.value(bytes.len())?;
    Ok(Value::String(Text::computed(bytes, args.sources())))
}

/// A string computed from the only argument in one pass.
fn changed(env: &mut Env<'_>, args: &Args, change: fn(&[u8]) -> Vec<u8>) -> Result<Value, Failure> {
    let bytes = args.text(0)?.as_bytes();
    env.budget.bytes(bytes.len())?;
    computed(env, args, &change(bytes))
}
