//! Fakes and contract suites for tests of code built on this crate.

mod artifacts;
pub mod builders;
mod clock;
pub mod contract;
mod fake_engine;
mod gitops;
mod platform;
mod releases;

pub use artifacts::{MemoryArtifacts, UploadRefused};
pub use clock::FixedClock;
pub use fake_engine::FakeEngine;
pub use gitops::{MemoryCommit, MemoryGitOps, Vanishes};
pub use platform::{MemoryPlatform, Script, StaleObserver};
pub use releases::{MemoryRecords, PlainArchives, SequentialRandom};
