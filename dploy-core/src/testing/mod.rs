//! Fakes and contract suites for tests of code built on this crate.

pub mod builders;
mod clock;
pub mod contract;
mod platform;

pub use clock::FixedClock;
pub use platform::{MemoryPlatform, Script, StaleObserver};
