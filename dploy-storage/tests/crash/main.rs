//! The release service on real parts that end, fail and race: nothing is lost, doubled or stuck.
//!
//! ```text
//! site · client · versions    an installation, who uses it, and what is published
//! steps                       the ports, counted, so that a process can end at each of their effects
//! child · load                this program as another process
//! agreement · hand            what has to hold between database, artifacts and git, whatever happened and whoever commits
//! ends · kills                a process that ends at every step, and at any time
//! faults · races · turns      servers that misbehave, many at once, and whom one of them keeps waiting
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

mod agreement;
mod child;
mod client;
mod ends;
mod faults;
mod hand;
mod kills;
mod load;
mod races;
mod site;
mod steps;
mod turns;
mod versions;
