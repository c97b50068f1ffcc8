use futures::future::join_all;

use crate::releases::{
    application::Application,
    deployment::{Deployment, Trigger},
    name::{PolicyName, TargetName},
    pattern::Pattern,
    policy::{AutoDeployPolicy, Rule},
    ports::{Enqueue, RecordError},
};

use super::world::{RACERS, World, assert_conflict, assert_not_found, at, new_target, only_winner, parsed};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("policies").await?;
    world.target("by-policy").await?;
    a_policy_is_found_as_it_was_stored(world, &app).await?;
    names_are_unique_in_their_application(world, &app).await?;
    of_parallel_creates_of_one_name_one_succeeds(world, &app).await?;
    the_deployments_of_a_removed_policy_stay_readable(world, &app).await
}

async fn a_policy_is_found_as_it_was_stored(world: &World<'_>, app: &Application) -> Result<(), RecordError> {
    let pattern = |text: &str| parsed(Pattern::parse(text));
    let rule = Rule { branch: None, tag: Some(pattern("v*")), exclude: vec![pattern("v0*"), pattern("*-rc[0-9]")] };
    let first = AutoDeployPolicy { rule, enabled: false, created_at: at(1), ..new_policy(world, app, "tags \u{e9}") };
    let second = AutoDeployPolicy { created_at: at(1), ..new_policy(world, app, "branches") };
    for policy in [&first, &second] {
        world.records().create_policy(policy, &world.event()).await?;
        assert_eq!(world.records().find_policy(&app.id, &policy.id).await?.as_ref(), Some(policy));
    }
    let listed = world.records().list_policies(&app.id).await?;
    assert_eq!(listed, [second, first.clone()], "newest first, then by id");
    assert_eq!(world.records().find_policy(&world.id(), &first.id).await?, None, "another application's");
    assert_eq!(world.records().list_policies(&world.id()).await?, []);
    let nowhere = AutoDeployPolicy { target: new_target("unknown").name, ..new_policy(world, app, "nowhere") };
    assert_conflict(world.records().create_policy(&nowhere, &world.event()).await, "a policy of no target");
    let orphan = AutoDeployPolicy { app_id: world.id(), ..new_policy(world, app, "orphan") };
    assert_conflict(world.records().create_policy(&orphan, &world.event()).await, "a policy of no application");
    Ok(())
}

async fn names_are_unique_in_their_application(world: &World<'_>, app: &Application) -> Result<(), RecordError> {
    let other = world.application("policies-of-others").await?;
    let policy = new_policy(world, app, "unique");
    world.records().create_policy(&policy, &world.event()).await?;
    world.records().create_policy(&new_policy(world, &other, "unique"), &world.event()).await?;
    let again = new_policy(world, app, "unique");
    assert_conflict(world.records().create_policy(&again, &world.event()).await, "a second policy of one name");
    let renamed = AutoDeployPolicy { name: name("branches"), ..policy.clone() };
    let taken = world.records().update_policy(&renamed, &world.event()).await;
    assert_conflict(taken, "a change to a name that is taken");
    let changed = AutoDeployPolicy { name: name("renamed"), enabled: false, ..policy };
    world.records().update_policy(&changed, &world.event()).await?;
    assert_eq!(world.records().find_policy(&app.id, &changed.id).await?, Some(changed));
    let unknown = world.records().update_policy(&again, &world.event()).await;
    assert_not_found(unknown, "a policy that was never made");
    Ok(())
}

async fn of_parallel_creates_of_one_name_one_succeeds(world: &World<'_>, app: &Application) -> Result<(), RecordError> {
    let racers = join_all((0..RACERS).map(|_| async {
        let policy = new_policy(world, app, "raced");
        world.records().create_policy(&policy, &world.event()).await.map(|()| policy)
    }));
    let winner = only_winner(racers.await, "parallel creates of one policy");
    assert_eq!(world.records().find_policy(&app.id, &winner.id).await?, Some(winner));
    Ok(())
}

async fn the_deployments_of_a_removed_policy_stay_readable(
    world: &World<'_>,
    app: &Application,
) -> Result<(), RecordError> {
    let policy = new_policy(world, app, "removed");
    world.records().create_policy(&policy, &world.event()).await?;
    let version = world.published(app, "1").await?;
    let trigger = Trigger::Policy { id: policy.id.clone(), name: "removed".to_owned() };
    let enqueue = world.new_enqueue(&version, &policy.target);
    let deployment = Deployment { trigger, ..enqueue.deployment };
    let stored = world.records().enqueue(&Enqueue { deployment, ..enqueue }, &world.event()).await?;
    let others = world.records().remove_policy(&world.id(), &policy.id, &world.event()).await;
    assert_not_found(others, "another application's policy");
    world.records().remove_policy(&app.id, &policy.id, &world.event()).await?;
    assert_eq!(world.records().find_policy(&app.id, &policy.id).await?, None);
    assert_eq!(world.records().find_deployment(&stored.id).await?.as_ref(), Some(&stored));
    let gone = world.records().remove_policy(&app.id, &policy.id, &world.event()).await;
    assert_not_found(gone, "a policy that was removed");
    Ok(())
}

/// A policy of all branches that is not stored yet.
pub(super) fn new_policy(world: &World<'_>, app: &Application, called: &str) -> AutoDeployPolicy {
    AutoDeployPolicy {
        id: world.id(),
        app_id: app.id.clone(),
        name: name(called),
        rule: Rule { branch: Some(parsed(Pattern::parse("**"))), tag: None, exclude: Vec::new() },
        target: parsed(TargetName::parse("by-policy")),
        enabled: true,
        created_at: at(0),
    }
}

fn name(text: &str) -> PolicyName {
    parsed(PolicyName::parse(text))
}
