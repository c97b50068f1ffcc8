//! What is measured, one file for each group of rows.

pub(super) mod drafts;
pub(super) mod hostile;
pub(super) mod lists;
pub(super) mod round_trip;
pub(super) mod sizes;
pub(super) mod storm;
