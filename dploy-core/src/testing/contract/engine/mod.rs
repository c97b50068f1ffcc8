//! The contract of [`Engine`], clause by clause.

mod clauses;
mod world;

pub use world::{EngineWorld, settle};

use crate::environments::ports::EngineError;

/// The contract of [`Engine`](crate::environments::ports::Engine), checked in `world`.
///
/// The suite makes releases of templates and instances whose names begin with `contract-` and removes them again.
///
/// # Errors
/// The engine did not answer where it has to.
pub async fn engine(world: &dyn EngineWorld) -> Result<(), EngineError> {
    clauses::a_release_becomes_ready_and_stays_so_without_a_write(world).await?;
    clauses::a_verdict_belongs_to_the_release_as_applied(world).await?;
    clauses::a_release_that_failed_recovers_by_another_state(world).await?;
    clauses::what_is_missing_is_made_again(world).await?;
    clauses::another_incarnation_is_never_touched(world).await?;
    clauses::removing_tolerates_that_nothing_was_applied(world).await?;
    clauses::removing_ends_when_the_release_is_uninstalled(world).await?;
    clauses::force_does_not_wait(world).await?;
    clauses::retaining_never_breaks_a_release(world).await?;
    clauses::changes_are_told(world).await
}
