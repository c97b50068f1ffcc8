//! Operator and API as processes on a real API server, under storms, kills and pauses. Stubs of helm-controller and of
//! the namespace controller answer.
//!
//! ```text
//! site · process · api · namespaces   what every test has: servers, programs, people and their requests
//! soundness                           what has to hold whatever happened
//! dashboard                           what is told of it
//! count · calm                        how much is written, and that nothing is where nothing changes
//! many                                many at once
//! rights                              what the programs may do, and that they do all of it
//! kills                               programs that are killed and paused at any time
//! ```

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod api;
mod calm;
mod count;
mod dashboard;
#[path = "../harness/mod.rs"]
mod harness;
mod kills;
mod many;
mod namespaces;
#[path = "../operator/process.rs"]
mod process;
mod rights;
mod site;
mod soundness;
