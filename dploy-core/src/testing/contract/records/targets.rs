use crate::releases::{
    deployment::DeploymentState,
    name::BranchName,
    policy::AutoDeployPolicy,
    ports::RecordError,
    target::{Hold, RepositoryUrl, Target},
};

use super::{
    policies::new_policy,
    world::{World, assert_conflict, assert_not_found, at, finish, hold, new_target},
};

pub(super) async fn clauses(world: &World<'_>) -> Result<(), RecordError> {
    a_target_is_listed_as_it_was_stored(world).await?;
    a_target_in_use_is_not_removed(world).await?;
    a_hold_is_set_and_lifted(world).await
}

async fn a_target_is_listed_as_it_was_stored(world: &World<'_>) -> Result<(), RecordError> {
    let wanted = Target {
        repository: RepositoryUrl::parse("https://git.example.org/ops.git"),
        branch: BranchName::parse("release/1").ok(),
        created_at: at(3),
        ..new_target("zone-b")
    };
    world.records().create_target(&wanted, &world.event()).await?;
    for name in ["zone-a1", "zone-a", "zone-a-2"] {
        world.target(name).await?;
    }
    let listed = world.records().list_targets().await?;
    let names: Vec<_> = listed.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["zone-a", "zone-a-2", "zone-a1", "zone-b"], "in the order of their names, byte by byte");
    assert_eq!(listed.last(), Some(&wanted));
    let again = world.records().create_target(&new_target("zone-b"), &world.event()).await;
    assert_conflict(again, "a target of a name that is taken");
    let changed = Target { repository: None, branch: None, ..wanted };
    world.records().update_target(&changed, &world.event()).await?;
    assert_eq!(world.records().list_targets().await?.last(), Some(&changed));
    let unknown = world.records().update_target(&new_target("unknown"), &world.event()).await;
    assert_not_found(unknown, "a target that was never made");
    world.records().remove_target(&changed.name, &world.event()).await?;
    assert_eq!(world.records().list_targets().await?.len(), 3, "what was removed is gone");
    let gone = world.records().remove_target(&changed.name, &world.event()).await;
    assert_not_found(gone, "a target that was removed");
    Ok(())
}

async fn a_target_in_use_is_not_removed(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("users-of-targets").await?;
    let version = world.published(&app, "1").await?;
    let name = world.target("in-use").await?.name;
    let policy = AutoDeployPolicy { target: name.clone(), ..new_policy(world, &app, "user") };
    world.records().create_policy(&policy, &world.event()).await?;
    assert_conflict(world.records().remove_target(&name, &world.event()).await, "a target that a policy names");
    world.records().remove_policy(&app.id, &policy.id, &world.event()).await?;

    let failing = world.queued(&version, &name).await?;
    let removed = world.records().remove_target(&name, &world.event()).await;
    assert_conflict(removed, "a target that an unfinished deployment names");
    let lease = world.lease("targets").await?;
    let failed = finish(&failing, DeploymentState::Failed, 9);
    world.records().finish(&[failed], &lease).await?;
    world.records().set_hold(&app.id, &name, Some(&hold("kept")), &world.event()).await?;
    world.records().remove_target(&name, &world.event()).await?;
    assert_eq!(world.standing(&app.id, &name).await?, None, "a hold goes with its target");
    let kept = world.records().find_deployment(&failing.id).await?.map(|deployment| deployment.target);
    assert_eq!(kept, Some(name.clone()), "the deployments of a removed target stay readable");

    world.target("in-use").await?;
    let succeeding = world.queued(&version, &name).await?;
    world.records().finish(&[finish(&succeeding, DeploymentState::Succeeded, 9)], &lease).await?;
    let removed = world.records().remove_target(&name, &world.event()).await;
    assert_conflict(removed, "a target that has a current version");
    Ok(())
}

async fn a_hold_is_set_and_lifted(world: &World<'_>) -> Result<(), RecordError> {
    let app = world.application("holds").await?;
    let name = world.target("held").await?.name;
    let first = Hold { deployment: Some(world.id()), ..hold("a rollback") };
    for hold in [&first, &hold("by hand")] {
        world.records().set_hold(&app.id, &name, Some(hold), &world.event()).await?;
        let standing = world.standing(&app.id, &name).await?;
        assert_eq!(standing.and_then(|at| at.hold).as_ref(), Some(hold), "the later hold is kept");
    }
    for _ in 0..2 {
        world.records().set_hold(&app.id, &name, None, &world.event()).await?;
        assert_eq!(world.standing(&app.id, &name).await?, None, "lifted, and lifted again");
    }
    let unknown = new_target("unknown").name;
    let result = world.records().set_hold(&app.id, &unknown, Some(&first), &world.event()).await;
    assert_not_found(result, "the target of a hold that was never made");
    let result = world.records().set_hold(&world.id(), &name, Some(&first), &world.event()).await;
    assert_not_found(result, "the application of a hold that was never made");
    Ok(())
}
