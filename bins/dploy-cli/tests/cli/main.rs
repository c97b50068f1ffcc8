//! The built `dploy` binary as its users see it: standard output, standard error, exit code, requests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod admin;
mod create;
mod dry_run;
mod errors;
mod eval;
mod formats;
mod harness;
mod login;
mod releases;
mod secrecy;
mod templates;
mod wait;
mod watch;
