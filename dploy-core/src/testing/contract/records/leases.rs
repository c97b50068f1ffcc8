use std::time::Duration;

use futures::future::join_all;

use crate::releases::ports::{Lease, RecordError};

use super::world::{LONG, RACERS, World};

const SHORT: Duration = Duration::from_secs(1);

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    at_most_one_holder_has_a_lease(world).await?;
    a_lease_that_was_not_renewed_is_free(world).await?;
    of_parallel_takers_one_succeeds(world).await
}

async fn at_most_one_holder_has_a_lease(world: &World<'_>) -> Result<(), RecordError> {
    let (mine, theirs) = (lease("one", "me"), lease("one", "they"));
    assert!(world.records().acquire(&mine, LONG).await?, "a free lease is taken");
    assert!(world.records().acquire(&mine, LONG).await?, "its holder renews it");
    assert!(!world.records().acquire(&theirs, LONG).await?, "nobody else has it");
    assert!(world.records().acquire(&lease("other", "they"), LONG).await?, "another lease is another");
    world.records().release(&theirs).await?;
    assert!(!world.records().acquire(&theirs, LONG).await?, "only its holder gives it up");
    world.records().release(&mine).await?;
    assert!(world.records().acquire(&theirs, LONG).await?, "what was given up is free");
    world.records().release(&mine).await?;
    assert!(!world.records().acquire(&mine, LONG).await?, "it is somebody else's now");
    Ok(())
}

async fn a_lease_that_was_not_renewed_is_free(world: &World<'_>) -> Result<(), RecordError> {
    let (kept, lost) = (lease("kept", "me"), lease("lost", "me"));
    for lease in [&kept, &lost] {
        assert!(world.records().acquire(lease, SHORT).await?);
    }
    assert!(world.records().acquire(&kept, LONG).await?, "a renewal prolongs it");
    world.elapse(2 * SHORT).await;
    assert!(!world.records().acquire(&lease("kept", "they"), LONG).await?, "what was renewed is held still");
    assert!(world.records().acquire(&lease("lost", "they"), LONG).await?, "what was not is free");
    assert!(!world.records().acquire(&lost, LONG).await?, "and is not its former holder's any more");
    Ok(())
}

async fn of_parallel_takers_one_succeeds(world: &World<'_>) -> Result<(), RecordError> {
    takers(world, "new").await?;
    world.elapse(4 * SHORT).await;
    takers(world, "expired").await
}

async fn takers(world: &World<'_>, round: &str) -> Result<(), RecordError> {
    let takers = join_all((0..RACERS).map(|number| async move {
        world.records().acquire(&lease("raced", &format!("{round}-{number}")), 3 * SHORT).await
    }));
    let taken: Vec<bool> = takers.await.into_iter().collect::<Result<_, _>>()?;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "exactly one takes the {round} lease");
    Ok(())
}

fn lease(name: &str, holder: &str) -> Lease {
    Lease { name: name.to_owned(), holder: holder.to_owned() }
}
