//! The controllers of the environments domain on a real API server, with an engine in memory.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod claims;
mod instances;
mod isolation;
mod lifetime;
mod pools;
mod quiet;
mod rollout;
mod stored;
mod teardown;
mod waiting;
mod world;
