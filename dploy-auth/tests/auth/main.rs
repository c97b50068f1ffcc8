//! Tokens with real keys of every family, key sets over HTTP, and the identities that come of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod admin;
mod callers;
mod key_sets;
mod key_sources;
mod stand;
mod tokens;
