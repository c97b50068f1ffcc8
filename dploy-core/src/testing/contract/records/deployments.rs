use std::collections::BTreeSet;

use futures::future::join_all;

use crate::releases::{
    application::Application,
    deployment::{Deployment, DeploymentState, Trigger},
    name::TargetName,
    ports::{DeploymentFilter, Enqueue, HoldChange, RecordError},
    version::Version,
};

use super::world::{RACERS, World, assert_conflict, at, finish, hold, id, new_target, page, parsed};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    let target = world.target("deployments").await?.name;
    let app = world.application("deployments").await?;
    let version = world.published(&app, "1").await?;
    a_deployment_is_found_as_it_was_stored(world, &version, &target).await?;
    a_hold_changes_with_the_deployment_or_not_at_all(world, &version, &target).await?;
    parallel_deployments_get_different_sequences(world, &version, &target).await?;
    no_more_than_the_capacity_is_queued(world, &version, &target).await?;
    lists_are_filtered_and_latest_first(world, &app, &version).await
}

async fn a_deployment_is_found_as_it_was_stored(
    world: &World<'_>,
    version: &Version,
    target: &TargetName,
) -> Result<(), RecordError> {
    let from = parsed(TargetName::parse("elsewhere"));
    let mut last = 0;
    for trigger in [Trigger::Manual, Trigger::Rollback, Trigger::Promotion { from }, Trigger::Removal] {
        let deployment = Deployment {
            trigger,
            triggered_by: Some("ci \u{e9}".to_owned()),
            replaces: Some(id("0.9")),
            not_before: Some(at(3)),
            queued_at: at(2),
            ..world.new_deployment(version, target)
        };
        let enqueue = Enqueue { deployment: deployment.clone(), ..world.new_enqueue(version, target) };
        let stored = world.records().enqueue(&enqueue, &world.event()).await?;
        assert_eq!(stored, Deployment { sequence: stored.sequence, ..deployment });
        assert!(stored.sequence > last, "a later deployment has a larger sequence");
        last = stored.sequence;
        assert_eq!(world.records().find_deployment(&stored.id).await?.as_ref(), Some(&stored));
        assert_conflict(world.records().enqueue(&enqueue, &world.event()).await, "a second deployment of one id");
    }
    assert_eq!(world.records().find_deployment(&world.id()).await?, None, "what was never made");
    Ok(())
}

async fn a_hold_changes_with_the_deployment_or_not_at_all(
    world: &World<'_>,
    version: &Version,
    target: &TargetName,
) -> Result<(), RecordError> {
    let (first, second) = (hold("first"), hold("second"));
    let steps = [
        (HoldChange::Keep, None),
        (HoldChange::Set(first.clone()), Some(&first)),
        (HoldChange::Keep, Some(&first)),
        (HoldChange::Set(second.clone()), Some(&second)),
    ];
    for (change, expected) in steps {
        let enqueue = Enqueue { hold: change, ..world.new_enqueue(version, target) };
        world.records().enqueue(&enqueue, &world.event()).await?;
        let found = world.standing(&version.app_id, target).await?.and_then(|standing| standing.hold);
        assert_eq!(found.as_ref(), expected);
    }
    let lift = || Enqueue { hold: HoldChange::Lift, ..world.new_enqueue(version, target) };
    for refused in [Enqueue { capacity: 0, ..lift() }, missing(world, lift())] {
        assert_conflict(world.records().enqueue(&refused, &world.event()).await, "what cannot be queued");
        let kept = world.standing(&version.app_id, target).await?.and_then(|standing| standing.hold);
        assert_eq!(kept.as_ref(), Some(&second), "the hold stays with what was not queued");
        assert_eq!(world.records().find_deployment(&refused.deployment.id).await?, None);
    }
    world.records().enqueue(&lift(), &world.event()).await?;
    assert_eq!(world.standing(&version.app_id, target).await?, None, "the hold is lifted");
    let nowhere = world.new_enqueue(version, &new_target("unknown").name);
    assert_conflict(world.records().enqueue(&nowhere, &world.event()).await, "a deployment to no target");
    Ok(())
}

/// The same, of a version that is not there.
fn missing(world: &World<'_>, enqueue: Enqueue) -> Enqueue {
    let deployment = Deployment { id: world.id(), version: id("9"), ..enqueue.deployment };
    Enqueue { deployment, ..enqueue }
}

async fn parallel_deployments_get_different_sequences(
    world: &World<'_>,
    version: &Version,
    target: &TargetName,
) -> Result<(), RecordError> {
    let stored = join_all((0..RACERS).map(|_| world.queued(version, target))).await;
    let sequences: BTreeSet<u64> =
        stored.into_iter().map(|stored| stored.map(|deployment| deployment.sequence)).collect::<Result<_, _>>()?;
    assert_eq!(sequences.len(), RACERS);
    Ok(())
}

async fn no_more_than_the_capacity_is_queued(
    world: &World<'_>,
    version: &Version,
    target: &TargetName,
) -> Result<(), RecordError> {
    let queued = || async {
        let filter = DeploymentFilter { states: vec![DeploymentState::Queued], ..DeploymentFilter::default() };
        world.records().list_deployments(&filter, page(1, 0)).await.map(|list| list.total)
    };
    let capacity = queued().await? + 3;
    let results = join_all((0..RACERS).map(|_| async {
        let enqueue = Enqueue { capacity, ..world.new_enqueue(version, target) };
        world.records().enqueue(&enqueue, &world.event()).await
    }));
    let (accepted, refused): (Vec<_>, Vec<_>) = results.await.into_iter().partition(Result::is_ok);
    assert_eq!((accepted.len(), queued().await?), (3, capacity), "exactly as many as there is room for");
    for result in refused {
        assert_conflict(result, "what is beyond the capacity");
    }
    let lease = world.lease("capacity").await?;
    let finished: Vec<_> =
        accepted.iter().flatten().map(|stored| finish(stored, DeploymentState::Superseded, 9)).collect();
    world.records().finish(&finished, &lease).await?;
    let enqueue = Enqueue { capacity, ..world.new_enqueue(version, target) };
    world.records().enqueue(&enqueue, &world.event()).await?;
    Ok(())
}

/// What a filter lets through.
type Matches = fn(&Deployment) -> bool;

async fn lists_are_filtered_and_latest_first(
    world: &World<'_>,
    app: &Application,
    version: &Version,
) -> Result<(), RecordError> {
    let target = world.target("filtered").await?.name;
    let other = world.application("filtered").await?;
    let (second, others) = (world.published(app, "2").await?, world.published(&other, "1").await?);
    let mut made = Vec::new();
    for version in [version, &second, &others, version] {
        made.insert(0, world.queued(version, &target).await?);
    }
    let lease = world.lease("filters").await?;
    let Some(first) = made.last_mut() else { return Ok(()) };
    world.records().finish(&[finish(first, DeploymentState::Superseded, 9)], &lease).await?;
    (first.state, first.finished_at) = (DeploymentState::Superseded, Some(at(9)));

    let to = DeploymentFilter { target: Some(target), ..DeploymentFilter::default() };
    let among = |names: &[&Application]| Some(names.iter().map(|app| app.name.clone()).collect());
    let filters: [(DeploymentFilter, Matches); 7] = [
        (to.clone(), |_| true),
        (DeploymentFilter { app_id: Some(other.id.clone()), ..to.clone() }, |made| made.app.as_str() == "filtered"),
        (DeploymentFilter { version: Some(id("1")), ..to.clone() }, |made| made.version.as_str() == "1"),
        (DeploymentFilter { states: vec![DeploymentState::Superseded], ..to.clone() }, |made| made.state.is_final()),
        (DeploymentFilter { states: DeploymentState::ALL.to_vec(), ..to.clone() }, |_| true),
        (DeploymentFilter { among: among(&[&other]), ..to.clone() }, |made| made.app.as_str() == "filtered"),
        (DeploymentFilter { among: among(&[]), ..to }, |_| false),
    ];
    for (filter, matches) in filters {
        let expected: Vec<_> = made.iter().filter(|made| matches(made)).cloned().collect();
        let whole = world.records().list_deployments(&filter, page(100, 0)).await?;
        assert_eq!((&whole.items, whole.total), (&expected, expected.len() as u64), "{filter:?}");
        let part = world.records().list_deployments(&filter, page(2, 1)).await?;
        let middle: Vec<_> = expected.iter().skip(1).take(2).cloned().collect();
        assert_eq!((part.items, part.total), (middle, whole.total), "a part of {filter:?}");
    }
    Ok(())
}
