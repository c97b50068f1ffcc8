//! The one loop that all kinds share.
//!
//! # Flow
//!
//! 1. [`triggers`] map changes of cached objects to keys, and put them into a [`Queue`].
//! 2. A [`Runner`] takes a key when it is due, never one that is being worked on, and no more than so many at a time.
//! 3. It drives the kind's [`Reconciler`] through *observe → plan → apply → status*.
//! 4. The [`Outcome`] says when to look again; an error goes through the [`Policy`].
//!
//! # Guarantees
//!
//! - *Level-based.* A reconciler is never told why it runs; a lost or doubled trigger makes no difference.
//! - *One at a time.* A key is never reconciled concurrently with itself; a trigger during a run causes another one.
//! - *Isolation.* An object whose reconcile fails, hangs or panics delays no other: it backs off on its own, up to a
//!   quarantine, and leaves it when its spec changes.
//! - *Graceful end.* On shutdown running reconciles are finished, new ones are not begun.
//!
//! # Assumptions
//!
//! Every step tolerates being repeated, and being cut off at any `await` (time-out); what was done before is found by
//! the next observation.

mod clock;
mod metrics;
mod outcome;
mod policy;
mod process;
mod queue;
mod reconciler;
mod runner;
pub mod triggers;

pub use clock::Clock;
pub use metrics::ControllerMetrics;
pub use outcome::Outcome;
pub use policy::{Classify, ErrorClass, Policy, Retry};
pub use process::{register_process, shutdown};
pub use queue::{Queue, Taken, Then};
pub use reconciler::Reconciler;
pub use runner::Runner;
