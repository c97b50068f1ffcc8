//! The reader of archives: what it takes, and what strangers send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod accepted;
mod build;
mod ends;
#[path = "../entries/mod.rs"]
mod entries;
mod kinds;
mod limits;
mod mutations;
mod port;
