//! The custom resource definitions on a real API server: what they accept, what they refuse and how they say it.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod claim;
mod config;
mod every_rule;
mod instance;
mod isolation;
mod rules;
mod samples;
mod server;
mod stored;
mod template;
