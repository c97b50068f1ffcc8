//! Managed namespaces and engine objects that no instance owns: found, told and, after a while, removed.
//!
//! ```text
//! belonging    what an object says of whose it is     namespaces    the workload namespaces as an inventory
//! survey       what there is now                      sweep         the controller
//! ```

mod belonging;
mod namespaces;
mod survey;
mod sweep;

pub(super) use self::{
    belonging::{belonging, discard},
    namespaces::Namespaces,
    sweep::{OrphanMetrics, OrphanReconciler, SWEEP},
};
pub use self::{survey::survey, sweep::Sweep};
