//! One suite per port: what every adapter of it has to do.
//!
//! A suite panics where the contract is broken and returns the error where the adapter did not answer at all.

mod claim_store;
mod engine;

pub use claim_store::claim_store;
pub use engine::{EngineWorld, engine};
