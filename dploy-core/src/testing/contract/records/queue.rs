use std::time::Duration;

use crate::releases::{
    application::{AppTarget, Current},
    deployment::{Deployment, DeploymentState, Trigger},
    name::TargetName,
    ports::{Finish, Lease, RecordError},
    version::Version,
};

use super::world::{LONG, World, assert_lease_lost, at, finish, hold};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("queue").await?;
    let version = world.published(&app, "1").await?;
    unfinished_deployments_come_in_their_order(world, &version).await?;
    queued_deployments_are_started_once(world, &version).await?;
    a_final_deployment_stays(world, &version).await?;
    the_largest_sequence_that_succeeded_is_current(world, &version).await?;
    after_a_removal_nothing_is_current(world, &version).await?;
    standings_come_by_application_and_target(world).await?;
    nothing_is_done_without_the_lease(world, &version).await
}

async fn unfinished_deployments_come_in_their_order(world: &World<'_>, version: &Version) -> Result<(), RecordError> {
    let (near, far) = (world.target("queue-near").await?.name, world.target("queue-far").await?.name);
    let mut made = Vec::new();
    for target in [&near, &far, &near, &near] {
        made.push(world.queued(version, target).await?);
    }
    let lease = world.lease("order").await?;
    let [first, second, third, fourth] = made.as_slice() else { unreachable!("four were made") };
    world.records().finish(&[finish(third, DeploymentState::Failed, 1)], &lease).await?;
    let started = world.records().start(std::slice::from_ref(&first.id), at(1), &lease).await?;
    assert_eq!(started, std::slice::from_ref(&first.id));
    let ids = |targets: Vec<TargetName>, limit| async move {
        let found = world.records().unfinished(&targets, limit).await?;
        Ok::<_, RecordError>(found.into_iter().map(|deployment| deployment.id).collect::<Vec<_>>())
    };
    let all = ids(vec![near.clone(), far.clone()], 10).await?;
    assert_eq!(
        all,
        [first.id.clone(), second.id.clone(), fourth.id.clone()],
        "running and queued ones, the earliest first"
    );
    assert_eq!(ids(vec![near.clone(), far], 2).await?, [first.id.clone(), second.id.clone()], "at most the limit");
    assert_eq!(ids(vec![near], 10).await?, [first.id.clone(), fourth.id.clone()], "to those targets only");
    assert_eq!(ids(Vec::new(), 10).await?, Vec::<String>::new(), "to no target there are none");
    Ok(())
}

async fn queued_deployments_are_started_once(world: &World<'_>, version: &Version) -> Result<(), RecordError> {
    let target = world.target("queue-start").await?.name;
    let lease = world.lease("start").await?;
    let (one, two) = (world.queued(version, &target).await?, world.queued(version, &target).await?);
    let ids = [one.id.clone(), world.id(), two.id.clone()];
    assert_eq!(world.records().start(&ids, at(1), &lease).await?, [one.id.clone(), two.id], "those that are there");
    assert_eq!(world.records().start(&ids, at(2), &lease).await?, Vec::<String>::new(), "none is queued any more");
    let back = Finish {
        reason: Some("the remote does not answer".to_owned()),
        not_before: Some(at(5)),
        ..finish(&one, DeploymentState::Queued, 3)
    };
    world.records().finish(&[back], &lease).await?;
    let expected = Deployment {
        reason: Some("the remote does not answer".to_owned()),
        attempts: 1,
        not_before: Some(at(5)),
        started_at: Some(at(1)),
        ..one.clone()
    };
    assert_eq!(world.records().find_deployment(&one.id).await?.as_ref(), Some(&expected), "it is queued again");
    assert_eq!(
        world.records().start(std::slice::from_ref(&one.id), at(6), &lease).await?,
        std::slice::from_ref(&one.id)
    );
    let found = world.records().find_deployment(&one.id).await?;
    let told = found.map(|found| (found.state, found.attempts, found.started_at));
    assert_eq!(told, Some((DeploymentState::Running, 2, Some(at(1)))), "attempts are counted, the first start is kept");
    Ok(())
}

async fn a_final_deployment_stays(world: &World<'_>, version: &Version) -> Result<(), RecordError> {
    let target = world.target("queue-final").await?.name;
    let lease = world.lease("final").await?;
    let made = world.queued(version, &target).await?;
    let failed = Finish {
        reason: Some("refused".to_owned()),
        commit: Some("c0ffee".to_owned()),
        ..finish(&made, DeploymentState::Failed, 4)
    };
    world.records().finish(std::slice::from_ref(&failed), &lease).await?;
    let expected = Deployment {
        state: DeploymentState::Failed,
        reason: failed.reason,
        commit: failed.commit,
        finished_at: Some(at(4)),
        ..made.clone()
    };
    for state in [DeploymentState::Succeeded, DeploymentState::Queued] {
        let unknown = Finish { id: world.id(), ..finish(&made, state, 9) };
        world.records().finish(&[finish(&made, state, 9), unknown], &lease).await?;
        assert_eq!(world.records().find_deployment(&made.id).await?.as_ref(), Some(&expected), "what is final stays");
    }
    assert_eq!(world.standing(&version.app_id, &target).await?, None, "a failure becomes current nowhere");
    Ok(())
}

async fn the_largest_sequence_that_succeeded_is_current(
    world: &World<'_>,
    version: &Version,
) -> Result<(), RecordError> {
    let target = world.target("queue-current").await?.name;
    let lease = world.lease("current").await?;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(world.queued(version, &target).await?);
    }
    let [first, second, third] = made.as_slice() else { unreachable!("three were made") };
    let steps = [
        (second, DeploymentState::Unchanged, Some(second)),
        (first, DeploymentState::Succeeded, Some(second)),
        (third, DeploymentState::Succeeded, Some(third)),
    ];
    for (done, state, current) in steps {
        let commit = Some(format!("commit-of-{}", done.sequence));
        let done = Finish { commit, ..finish(done, state, 4) };
        world.records().finish(&[done], &lease).await?;
        let expected = current.map(|current| Current {
            deployment: current.id.clone(),
            sequence: current.sequence,
            version: version.version.clone(),
            commit: Some(format!("commit-of-{}", current.sequence)),
            deployed_at: at(4),
        });
        let standing = world.standing(&version.app_id, &target).await?;
        assert_eq!(standing, Some(AppTarget { target: target.clone(), current: expected, hold: None }));
    }
    world.records().set_hold(&version.app_id, &target, Some(&hold("kept")), &world.event()).await?;
    world.records().set_hold(&version.app_id, &target, None, &world.event()).await?;
    let standing = world.standing(&version.app_id, &target).await?;
    let current = standing.and_then(|standing| standing.current).map(|current| current.sequence);
    assert_eq!(current, Some(third.sequence), "a hold that comes and goes leaves the current version");
    Ok(())
}

async fn after_a_removal_nothing_is_current(world: &World<'_>, version: &Version) -> Result<(), RecordError> {
    let target = world.target("queue-removed").await?.name;
    let lease = world.lease("removed").await?;
    let (first, late) = (world.queued(version, &target).await?, world.queued(version, &target).await?);
    let mut removal = world.new_enqueue(version, &target);
    removal.deployment.trigger = Trigger::Removal;
    let removal = world.records().enqueue(&removal, &world.event()).await?;
    let again = world.queued(version, &target).await?;
    let steps = [(&first, Some(&first)), (&removal, None), (&late, None), (&again, Some(&again))];
    for (done, current) in steps {
        world.records().finish(&[finish(done, DeploymentState::Succeeded, 4)], &lease).await?;
        let standing = world.standing(&version.app_id, &target).await?;
        let found = standing.and_then(|standing| standing.current).map(|current| current.deployment);
        assert_eq!(found.as_ref(), current.map(|current| &current.id), "after deployment {}", done.sequence);
    }
    let mut last = world.new_enqueue(version, &target);
    last.deployment.trigger = Trigger::Removal;
    let last = world.records().enqueue(&last, &world.event()).await?;
    world.records().finish(&[finish(&last, DeploymentState::Unchanged, 5)], &lease).await?;
    world.records().remove_target(&target, &world.event()).await?;
    Ok(())
}

async fn standings_come_by_application_and_target(world: &World<'_>) -> Result<(), RecordError> {
    let apps = [world.application("standing-a").await?.id, world.application("standing-b").await?.id];
    let targets = [world.target("standing-1").await?.name, world.target("standing-2").await?.name];
    for target in targets.iter().rev() {
        for app in apps.iter().rev() {
            world.records().set_hold(app, target, Some(&hold("order")), &world.event()).await?;
        }
    }
    let found = world.records().app_targets(&apps).await?;
    let order: Vec<_> = found.iter().map(|(app, standing)| (app, &standing.target)).collect();
    let expected: Vec<_> = apps.iter().flat_map(|app| targets.iter().map(move |target| (app, target))).collect();
    assert_eq!(order, expected);
    assert_eq!(world.records().app_targets(&[]).await?, [], "of no application there are none");
    Ok(())
}

async fn nothing_is_done_without_the_lease(world: &World<'_>, version: &Version) -> Result<(), RecordError> {
    let target = world.target("queue-lease").await?.name;
    let made = world.queued(version, &target).await?;
    let never = lease("never", "me");
    refuses(world, &made, &never, "who never had the lease").await?;
    let (mine, theirs) = (lease("passed", "me"), lease("passed", "they"));
    assert!(world.records().acquire(&mine, Duration::from_secs(1)).await?);
    world.elapse(Duration::from_secs(2)).await;
    refuses(world, &made, &mine, "who did not renew it").await?;
    assert!(world.records().acquire(&theirs, LONG).await?);
    refuses(world, &made, &mine, "who lost it to somebody else").await?;
    assert_eq!(
        world.records().start(std::slice::from_ref(&made.id), at(1), &theirs).await?,
        std::slice::from_ref(&made.id)
    );
    world.records().release(&theirs).await?;
    refuses(world, &made, &theirs, "who gave it up").await
}

async fn refuses(world: &World<'_>, made: &Deployment, lease: &Lease, who: &str) -> Result<(), RecordError> {
    let before = world.records().find_deployment(&made.id).await?;
    assert_lease_lost(world.records().start(std::slice::from_ref(&made.id), at(1), lease).await, who);
    let done = finish(made, DeploymentState::Succeeded, 2);
    assert_lease_lost(world.records().finish(&[done], lease).await, who);
    assert_eq!(world.records().find_deployment(&made.id).await?, before, "{who} changed nothing");
    Ok(())
}

fn lease(name: &str, holder: &str) -> Lease {
    Lease { name: name.to_owned(), holder: holder.to_owned() }
}
