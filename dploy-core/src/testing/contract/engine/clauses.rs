use std::collections::BTreeSet;

use crate::environments::ports::{EngineError, Force, ReadinessState, Release, ReleaseRef, Removal};

use super::world::{EngineWorld, assert_quiet, changed, install, key, remove, sample, settle, template, told};

pub(super) async fn a_release_becomes_ready_and_stays_so_without_a_write(
    world: &dyn EngineWorld,
) -> Result<(), EngineError> {
    let release = sample(world, "quiet", "one", "quiet").await;
    let first = world.engine().apply(&release).await?;
    assert_ne!(first.state, ReadinessState::Failed, "a release that was never tried has not failed: {first:?}");
    world.finish(&release.reference, ReadinessState::Ready).await;
    settle(world, &release, ReadinessState::Ready).await?;
    assert_quiet(world, &release).await?;
    remove(world, &release.reference, Force::No).await
}

pub(super) async fn a_verdict_belongs_to_the_release_as_applied(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let release = sample(world, "verdict", "one", "verdict").await;
    install(world, &release).await?;
    let newer = changed(&release);
    let verdict = world.engine().apply(&newer).await?;
    assert_eq!(verdict.state, ReadinessState::Progressing, "a verdict on older values does not count: {verdict:?}");
    world.finish(&release.reference, ReadinessState::Ready).await;
    settle(world, &newer, ReadinessState::Ready).await?;
    assert_quiet(world, &newer).await?;
    let without = Release { values: None, ..newer };
    let verdict = world.engine().apply(&without).await?;
    assert_eq!(verdict.state, ReadinessState::Progressing, "values that go are a change as well: {verdict:?}");
    remove(world, &release.reference, Force::No).await
}

pub(super) async fn a_release_that_failed_recovers_by_another_state(
    world: &dyn EngineWorld,
) -> Result<(), EngineError> {
    let release = sample(world, "failed", "one", "failed").await;
    world.engine().apply(&release).await?;
    world.finish(&release.reference, ReadinessState::Failed).await;
    settle(world, &release, ReadinessState::Failed).await?;
    let other = changed(&release);
    let verdict = world.engine().apply(&other).await?;
    assert_eq!(verdict.state, ReadinessState::Progressing, "a failure of older values does not count: {verdict:?}");
    world.finish(&release.reference, ReadinessState::Ready).await;
    settle(world, &other, ReadinessState::Ready).await?;
    remove(world, &release.reference, Force::No).await
}

pub(super) async fn what_is_missing_is_made_again(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let release = sample(world, "lost", "one", "lost").await;
    install(world, &release).await?;
    if world.lose(&release.reference).await {
        settle(world, &release, ReadinessState::Progressing).await?;
        install(world, &release).await?;
    }
    remove(world, &release.reference, Force::No).await
}

pub(super) async fn another_incarnation_is_never_touched(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let release = sample(world, "taken", "one", "taken").await;
    install(world, &release).await?;
    let mut other = changed(&release);
    other.reference.instance.uid = "00000000-0000-4000-8000-000000000000".to_owned();
    let refused = world.engine().apply(&other).await;
    assert!(matches!(refused, Err(EngineError::NameTaken(_))), "a name that is taken is said so, not {refused:?}");
    for force in [Force::No, Force::Yes] {
        let removal = world.engine().remove(&other.reference, force).await?;
        assert_eq!(removal, Removal::Gone, "of an incarnation that was never applied nothing is left");
    }
    assert_quiet(world, &release).await?;
    remove(world, &release.reference, Force::No).await
}

pub(super) async fn removing_tolerates_that_nothing_was_applied(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let release = sample(world, "never", "one", "never").await;
    for force in [Force::No, Force::No, Force::Yes] {
        assert_eq!(world.engine().remove(&release.reference, force).await?, Removal::Gone);
    }
    Ok(())
}

pub(super) async fn removing_ends_when_the_release_is_uninstalled(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let release = sample(world, "removed", "one", "removed").await;
    install(world, &release).await?;
    if let Removal::Pending(waiting) = world.engine().remove(&release.reference, Force::No).await? {
        assert!(!waiting.is_empty(), "what is waited for is said");
    }
    remove(world, &release.reference, Force::No).await?;
    assert_gone(world, &release.reference).await
}

pub(super) async fn force_does_not_wait(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let release = sample(world, "forced", "one", "forced").await;
    install(world, &release).await?;
    world.engine().remove(&release.reference, Force::No).await?;
    remove(world, &release.reference, Force::Yes).await?;
    assert_gone(world, &release.reference).await
}

async fn assert_gone(world: &dyn EngineWorld, release: &ReleaseRef) -> Result<(), EngineError> {
    let before = world.mutations().await;
    assert_eq!(world.engine().remove(release, Force::No).await?, Removal::Gone, "what is gone stays gone");
    assert_eq!(world.mutations().await, before, "what is gone needs no request that mutates");
    Ok(())
}

pub(super) async fn retaining_never_breaks_a_release(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let older = sample(world, "retained", "one", "older").await;
    let newer = sample(world, "retained", "two", "newer").await;
    let twin = sample(world, "retained", "two", "twin").await;
    for release in [&older, &newer] {
        install(world, release).await?;
    }
    let template = template(&older);
    let both = world.shared(&template).await;
    install(world, &twin).await?;
    assert_eq!(world.shared(&template).await, both, "releases of one revision share");
    let kept = BTreeSet::from([newer.revision.name.clone()]);
    world.engine().retain(&template, &kept).await?;
    assert_eq!(world.shared(&template).await, both, "what a release needs is kept");
    for release in [&older, &newer, &twin] {
        assert_quiet(world, release).await?;
    }
    remove(world, &older.reference, Force::No).await?;
    world.engine().retain(&template, &kept).await?;
    let fewer = world.shared(&template).await;
    assert!(both.is_none() || fewer < both, "what nothing needs goes: {fewer:?} of {both:?} are left");
    for release in [&newer, &twin] {
        assert_quiet(world, release).await?;
        remove(world, &release.reference, Force::No).await?;
    }
    world.engine().retain(&template, &BTreeSet::new()).await?;
    assert_eq!(world.shared(&template).await.unwrap_or(0), 0, "nothing is left of a template without revisions");
    Ok(())
}

pub(super) async fn changes_are_told(world: &dyn EngineWorld) -> Result<(), EngineError> {
    let mut changes = world.engine().changes();
    let release = sample(world, "told", "one", "told").await;
    world.engine().apply(&release).await?;
    world.finish(&release.reference, ReadinessState::Ready).await;
    settle(world, &release, ReadinessState::Ready).await?;
    assert!(told(world, &mut changes, &key(&release)).await, "a release that became ready is told of");
    let mut later = world.engine().changes();
    remove(world, &release.reference, Force::No).await?;
    assert!(told(world, &mut later, &key(&release)).await, "a release that went is told of");
    Ok(())
}
