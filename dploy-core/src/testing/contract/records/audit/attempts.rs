use crate::releases::{
    application::{AppRef, Application, ObjectRules},
    audit::{AuditEvent, AuditFilter},
    policy::AutoDeployPolicy,
    ports::{ApplicationFilter, DeploymentFilter, PublicationRecord, RecordError},
    target::Target,
    version::{Rejection, Version},
};

use super::super::{
    keys::new_key,
    policies::new_policy,
    world::{World, assert_conflict, at, hold, new_target, page, publication},
};

/// All that the attempts below could change, as text.
pub(super) async fn snapshot(world: &World<'_>, app: &str) -> Result<String, RecordError> {
    let records = world.records();
    let application = records.find_application(&AppRef::new(app)).await?;
    let all = records.list_applications(&ApplicationFilter::default(), page(1, 0)).await?.total;
    let targets = records.list_targets().await?;
    let standings = records.app_targets(&[app.to_owned()]).await?;
    let versions = records.list_versions(app, None, page(100, 0)).await?;
    let policies = records.list_policies(app).await?;
    let deployments = records.list_deployments(&DeploymentFilter::default(), page(1, 0)).await?;
    let keys = records.list_keys(page(100, 0)).await?;
    let events = records.list_events(&AuditFilter::default(), page(1, 0)).await?;
    Ok(format!(
        "{application:?} {all} {targets:?} {standings:?} {versions:?} {policies:?} {deployments:?} {keys:?} {events:?}"
    ))
}

/// Tries every change with that event; each has to be a conflict.
pub(super) async fn changes(world: &World<'_>, taken: &AuditEvent, made: &Application) -> Result<(), RecordError> {
    let target = world.target("with-event").await?;
    let (draft, published) = (world.draft(made, "1").await?, world.published(made, "2").await?);
    let policy = new_policy(world, made, "with-event");
    world.records().create_policy(&policy, &world.event()).await?;
    let before = snapshot(world, &made.id).await?;

    of_applications_and_targets(world, taken, made, &target).await;
    of_versions(world, taken, made, &draft, &published).await;
    of_policies(world, taken, made, &policy).await;
    of_keys(world, taken).await?;
    let enqueue = world.new_enqueue(&published, &target.name);
    assert_conflict(world.records().enqueue(&enqueue, taken).await, "enqueue without its event");
    assert_eq!(snapshot(world, &made.id).await?, before, "no change without its event");

    world.records().remove_policy(&made.id, &policy.id, &world.event()).await?;
    Ok(())
}

async fn of_applications_and_targets(world: &World<'_>, taken: &AuditEvent, made: &Application, target: &Target) {
    let new = world.new_application("without-event");
    assert_conflict(world.records().create_application(&new, taken).await, "create_application without its event");
    let rules = ObjectRules { kinds: Some([].into()), namespaces: None };
    let changed = Application { rules, updated_at: at(50), ..made.clone() };
    assert_conflict(world.records().update_application(&changed, taken).await, "update_application without its event");
    let new = new_target("without-event");
    assert_conflict(world.records().create_target(&new, taken).await, "create_target without its event");
    let changed = Target { folder: new.folder, ..target.clone() };
    assert_conflict(world.records().update_target(&changed, taken).await, "update_target without its event");
    let held = world.records().set_hold(&made.id, &target.name, Some(&hold("lost")), taken).await;
    assert_conflict(held, "set_hold without its event");
    assert_conflict(world.records().remove_target(&target.name, taken).await, "remove_target without its event");
}

async fn of_versions(world: &World<'_>, taken: &AuditEvent, made: &Application, draft: &Version, published: &Version) {
    let new = world.new_draft(made, "9");
    assert_conflict(world.records().create_draft(&new, taken).await, "create_draft without its event");
    let renewed = Version { drafted_at: at(50), ..draft.clone() };
    assert_conflict(world.records().renew_draft(&renewed, taken).await, "renew_draft without its event");
    assert_conflict(world.records().remove_draft(draft, taken).await, "remove_draft without its event");
    let record = PublicationRecord { id: draft.id.clone(), publication: publication(), deployments: Vec::new() };
    assert_conflict(world.records().publish(&record, taken).await, "publish without its event");
    let rejection = Rejection { reason: "lost".to_owned(), by: "contract".to_owned(), at: at(50) };
    let rejected = world.records().reject(&published.id, Some(&rejection), taken).await;
    assert_conflict(rejected, "reject without its event");
}

async fn of_policies(world: &World<'_>, taken: &AuditEvent, made: &Application, policy: &AutoDeployPolicy) {
    let new = new_policy(world, made, "without-event");
    assert_conflict(world.records().create_policy(&new, taken).await, "create_policy without its event");
    let changed = AutoDeployPolicy { enabled: false, ..policy.clone() };
    assert_conflict(world.records().update_policy(&changed, taken).await, "update_policy without its event");
    let removed = world.records().remove_policy(&made.id, &policy.id, taken).await;
    assert_conflict(removed, "remove_policy without its event");
}

async fn of_keys(world: &World<'_>, taken: &AuditEvent) -> Result<(), RecordError> {
    let new = new_key(world, "without-event");
    assert_conflict(world.records().create_key(&new, taken).await, "create_key without its event");
    let key = world.records().list_keys(page(100, 0)).await?.items.into_iter().find(|key| key.revoked_at.is_none());
    let Some(key) = key else { unreachable!("earlier clauses leave keys that are in use") };
    assert_conflict(world.records().revoke_key(&key.id, at(50), taken).await, "revoke_key without its event");
    Ok(())
}
