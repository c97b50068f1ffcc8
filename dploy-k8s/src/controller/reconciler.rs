//! The steps that every kind fills in.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Classify, Outcome};
use crate::cluster::ObjectKey;

/// Brings the objects of one kind to where they should be.
///
/// # Flow
///
/// ```text
/// observe   async   everything the plan needs, in one value; None: the object is gone, nothing is done
/// plan      pure    validates and decides; an invalid object gets a plan that only says so in its status
/// apply     async   creates, applies, replaces and deletes in a fixed order
/// status    async   conditions from what was planned and applied; written only when changed; Events on transitions
/// ```
///
/// # Contract
///
/// - `plan` is total and pure: no I/O, clock, randomness or hash order. The plan after an apply is empty.
/// - `apply` may be repeated, and may be cut off anywhere. What stands in the way of one object (a name that is taken,
///   a child that is being deleted) belongs into [`Applied`](Self::Applied), so that `status` can say it; an `Err` is
///   for what a retry may solve, and skips `status`.
/// - Cleanup of an object that is being deleted is a plan like any other, and tolerates that nothing was ever applied.
#[async_trait]
pub trait Reconciler: Send + Sync + 'static {
    /// The kind's name, for logs and metrics.
    const KIND: &'static str;
    /// Everything that was read.
    type Observed: Send + Sync;
    /// Everything that was decided.
    type Plan: Send + Sync;
    /// What became of it.
    type Applied: Send + Sync;
    /// Why a step could not be done.
    type Error: Classify + std::error::Error + Send + Sync + 'static;

    /// Reads everything that the decision needs. `None` where the object does not exist.
    async fn observe(&self, key: &ObjectKey) -> Result<Option<Self::Observed>, Self::Error>;

    /// Decides, as of `now`.
    fn plan(&self, observed: &Self::Observed, now: Timestamp) -> Self::Plan;

    /// Does what was decided.
    async fn apply(&self, observed: &Self::Observed, plan: &Self::Plan) -> Result<Self::Applied, Self::Error>;

    /// Says what was decided and done, and when to look again.
    async fn status(
        &self,
        observed: &Self::Observed,
        plan: &Self::Plan,
        applied: &Self::Applied,
    ) -> Result<Outcome, Self::Error>;
}
