//! Fakes and contract suites for tests of code built on this crate.

mod clock;

pub use clock::FixedClock;
