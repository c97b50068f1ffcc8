//! Text forms of values.

mod json;
mod style;
mod yaml;

pub(crate) use json::{JsonForm, json};
pub(crate) use yaml::yaml;

use crate::error::Failure;
use crate::exec::too_large;
use crate::value::MAX_NESTING;

/// Refuses output that is too long or nested too deep.
fn check(len: usize, depth: usize, limit: usize) -> Result<(), Failure> {
    if depth > MAX_NESTING {
        return Err(Failure::limit(format!("values nest deeper than {MAX_NESTING} levels")));
    }
    if len > limit { Err(too_large(limit)) } else { Ok(()) }
}
