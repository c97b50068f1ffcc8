//! The releases domain over HTTP: on fakes, and as a whole server over SQLite, a folder and a bare repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod access;
mod applications;
mod deployments;
mod health;
mod installation;
mod policies;
mod refused;
mod server;
mod start;
mod surface;
mod uploads;
mod versions;
mod world;
