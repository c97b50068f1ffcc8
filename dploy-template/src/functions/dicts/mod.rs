//! Maps with string keys.

mod copy;
mod entries;
mod merge;
mod select;

use super::Function;

pub(super) const ENTRIES: &[Function] = entries::FUNCTIONS;
pub(super) const SELECT: &[Function] = select::FUNCTIONS;
pub(super) const MERGE: &[Function] = merge::FUNCTIONS;
pub(super) const COPY: &[Function] = copy::FUNCTIONS;
