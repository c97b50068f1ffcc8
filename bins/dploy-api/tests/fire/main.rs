//! The whole program under fire: two replicas under a storm of deploys, processes that are killed, archives of strangers.
//!
//! ```text
//! site · user                    real servers and real processes, and who uses them by HTTP
//! agreement · hand · versions    what has to hold whatever happened, who commits beside it, and what is published
//! storm · kills · restart        many at once, a process that is killed at any time, and what the next one takes over
//! hostile                        archives that strangers make
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../../../../dploy-storage/tests/crash/agreement.rs"]
mod agreement;
#[path = "../../../../dploy-storage/tests/archive/build.rs"]
mod build;
#[path = "../../../../dploy-storage/tests/entries/mod.rs"]
mod entries;
#[path = "../../../../dploy-storage/tests/crash/hand.rs"]
mod hand;
mod hostile;
mod kills;
mod restart;
mod site;
mod storm;
mod user;
#[allow(dead_code)]
#[path = "../../../../dploy-storage/tests/crash/versions.rs"]
mod versions;
