//! The archives that the tests of the reader refuse.

#[path = "../../../../../dploy-storage/tests/archive/build.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "code of tests")]
mod build;
#[path = "../../../../../dploy-storage/tests/archive/hostile.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "code of tests")]
pub(super) mod hostile;
