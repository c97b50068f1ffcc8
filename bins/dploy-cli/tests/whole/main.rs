//! The program on real parts: `dploy dev` as it is started and used, and the clients against a whole server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod dev;
mod dev_refusals;
mod environments;
mod flow;
mod kustomize;
mod service;
mod session;
mod terminal;
