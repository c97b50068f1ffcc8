//! Records that tests store.

use dploy_core::{
    artifact::ExactBytes,
    json::Json,
    releases::{
        application::{Application, ObjectRules},
        audit::{AuditEvent, Outcome},
        deployment::{Deployment, DeploymentState, Trigger},
        file::FilePath,
        name::{AppName, TargetName, VersionId},
        ports::{
            ApplicationRecords, DraftRecords, Enqueue, HoldChange, PublicationRecord, TargetRecords, VersionRecords,
        },
        target::Target,
        version::{Publication, Version, VersionMetadata},
    },
    time::Timestamp,
};
use dploy_storage::sql::SqlRecords;
use uuid::Uuid;

pub(crate) fn id() -> String {
    Uuid::new_v4().to_string()
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_700_000_000_000_000 + micros)
}

pub(crate) fn event() -> AuditEvent {
    AuditEvent {
        id: id(),
        at: at(0),
        actor: "test".to_owned(),
        action: "test.change".to_owned(),
        object: "test/1".to_owned(),
        app: None,
        outcome: Outcome::Done,
        detail: Json::object(),
        request: None,
        address: None,
    }
}

pub(crate) fn application(name: &str) -> Application {
    let name = AppName::parse(name).unwrap();
    Application { id: id(), name, rules: ObjectRules::default(), created_at: at(0), updated_at: at(0) }
}

pub(crate) fn target(name: &str) -> Target {
    let name = TargetName::parse(name).unwrap();
    let folder = FilePath::parse(&Target::default_folder(&name)).unwrap();
    Target { name, repository: None, branch: None, folder, created_at: at(0) }
}

pub(crate) fn draft(app: &Application, version: &str) -> Version {
    Version {
        id: id(),
        app_id: app.id.clone(),
        app: app.name.clone(),
        version: VersionId::parse(version).unwrap(),
        metadata: VersionMetadata {
            git_sha: "42540c4".to_owned(),
            git_branch: "main".to_owned(),
            git_tag: None,
            git_committer: None,
            build_number: None,
            timestamp: at(0),
        },
        exact: None,
        drafted_at: at(0),
        created_at: at(0),
        published: None,
        rejection: None,
    }
}

pub(crate) fn publication(draft: &Version, deployments: Vec<Deployment>) -> PublicationRecord {
    let archive = ExactBytes { size: 10, sha256: "ab".repeat(32) };
    let publication = Publication { at: at(1), archive, files: vec!["a.yaml".to_owned()], resources: None };
    PublicationRecord { id: draft.id.clone(), publication, deployments }
}

pub(crate) fn deployment(version: &Version, target: &Target) -> Deployment {
    Deployment {
        id: id(),
        sequence: 0,
        app_id: version.app_id.clone(),
        app: version.app.clone(),
        version: version.version.clone(),
        target: target.name.clone(),
        trigger: Trigger::Manual,
        actor: "test".to_owned(),
        triggered_by: None,
        replaces: None,
        state: DeploymentState::Queued,
        reason: None,
        commit: None,
        attempts: 0,
        not_before: None,
        queued_at: at(2),
        started_at: None,
        finished_at: None,
    }
}

pub(crate) fn enqueue(version: &Version, target: &Target) -> Enqueue {
    Enqueue { deployment: deployment(version, target), hold: HoldChange::Keep, capacity: 10_000 }
}

/// An application with one draft, and a target, stored.
pub(crate) async fn world(records: &SqlRecords) -> (Application, Version, Target) {
    let (app, target) = (application("web"), target("staging"));
    let draft = draft(&app, "1.0.0");
    records.create_application(&app, &event()).await.unwrap();
    records.create_target(&target, &event()).await.unwrap();
    records.create_draft(&draft, &event()).await.unwrap();
    (app, draft, target)
}

/// The same with the draft published.
pub(crate) async fn published_world(records: &SqlRecords) -> (Application, Version, Target) {
    let (app, draft, target) = world(records).await;
    records.publish(&publication(&draft, Vec::new()), &event()).await.unwrap();
    (app, draft, target)
}
