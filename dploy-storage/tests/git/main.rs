//! Commits to gitops repositories by file, https and ssh.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod clones;
mod crash;
mod deploys;
mod failures;
mod races;
mod transports;
mod world;
