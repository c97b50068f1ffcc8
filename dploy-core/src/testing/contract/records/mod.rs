mod applications;
mod audit;
mod deployments;
mod drafts;
mod keys;
mod leases;
mod policies;
mod queue;
mod targets;
mod versions;
mod world;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::releases::ports::{RecordError, Records};

use self::world::World;

/// Lets that much time pass for the leases.
pub type Elapse<'a> = &'a (dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync);

/// The contract of [`Records`]. The replicas share one empty database, and the suite spreads its calls over them;
/// `elapse` lets time pass on the clock that leases are timed by.
///
/// # Errors
/// The records did not answer.
pub async fn records(replicas: &[&dyn Records], elapse: Elapse<'_>) -> Result<(), RecordError> {
    let world = World::new(replicas, elapse);
    applications::clauses(&world).await?;
    targets::clauses(&world).await?;
    drafts::clauses(&world).await?;
    versions::clauses(&world).await?;
    policies::clauses(&world).await?;
    leases::clauses(&world).await?;
    deployments::clauses(&world).await?;
    queue::clauses(&world).await?;
    keys::clauses(&world).await?;
    audit::clauses(&world).await?;
    world.records().ready().await
}
