//! The server on a real API server, with the operator's controllers and an engine in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod both;
mod direct;
mod lifetime;
mod replicas;
mod storms;
mod story;
mod v1;
mod world;
