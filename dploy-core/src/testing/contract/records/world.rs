use std::{
    fmt::Debug,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crate::{
    artifact::ExactBytes,
    json::Json,
    releases::{
        application::{AppTarget, Application, ObjectRules},
        audit::{AuditEvent, Outcome},
        deployment::{Deployment, DeploymentState, Trigger},
        file::FilePath,
        name::{AppName, TargetName, VersionId},
        page::Page,
        ports::{Enqueue, Finish, HoldChange, Lease, PublicationRecord, RecordError, Records},
        target::{Hold, Target},
        version::{Publication, Version, VersionMetadata},
    },
    time::Timestamp,
};

use super::Elapse;

/// How many callers race.
pub(super) const RACERS: usize = 10;
/// A lease that does not end during the suite.
pub(super) const LONG: Duration = Duration::from_secs(3600);

/// The records under test, and what the clauses make in them.
pub(super) struct World<'a> {
    replicas: &'a [&'a dyn Records],
    elapse: Elapse<'a>,
    calls: AtomicUsize,
    ids: AtomicUsize,
}

impl<'a> World<'a> {
    pub(super) fn new(replicas: &'a [&'a dyn Records], elapse: Elapse<'a>) -> Self {
        Self { replicas, elapse, calls: AtomicUsize::new(0), ids: AtomicUsize::new(1) }
    }

    /// The next replica in turn.
    pub(super) fn records(&self) -> &'a dyn Records {
        let turn = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.replicas.get(turn % self.replicas.len().max(1)) {
            Some(records) => *records,
            None => unreachable!("the suite is given at least one replica"),
        }
    }

    pub(super) async fn elapse(&self, duration: Duration) {
        (self.elapse)(duration).await;
    }

    /// A new id; later ones are larger.
    pub(super) fn id(&self) -> String {
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        format!("{number:08x}-0000-4000-8000-000000000000")
    }

    /// A new event.
    pub(super) fn event(&self) -> AuditEvent {
        AuditEvent {
            id: self.id(),
            at: at(0),
            actor: "contract".to_owned(),
            action: "contract.change".to_owned(),
            object: "contract/1".to_owned(),
            app: None,
            outcome: Outcome::Done,
            detail: Json::from(serde_json::json!({ "a": ["b", 1, null, "\u{e9}\n"] })),
            request: None,
            address: None,
        }
    }

    /// An application that is not stored yet.
    pub(super) fn new_application(&self, name: &str) -> Application {
        let rules = ObjectRules::default();
        Application { id: self.id(), name: app(name), rules, created_at: at(0), updated_at: at(0) }
    }

    pub(super) async fn application(&self, name: &str) -> Result<Application, RecordError> {
        let application = self.new_application(name);
        self.records().create_application(&application, &self.event()).await?;
        Ok(application)
    }

    pub(super) async fn target(&self, name: &str) -> Result<Target, RecordError> {
        let target = new_target(name);
        self.records().create_target(&target, &self.event()).await?;
        Ok(target)
    }

    /// A version that is not stored yet.
    pub(super) fn new_draft(&self, app: &Application, version: &str) -> Version {
        Version {
            id: self.id(),
            app_id: app.id.clone(),
            app: app.name.clone(),
            version: id(version),
            metadata: VersionMetadata {
                git_sha: "42540c4".to_owned(),
                git_branch: "main".to_owned(),
                git_tag: None,
                git_committer: None,
                build_number: None,
                timestamp: at(-1),
            },
            exact: None,
            drafted_at: at(0),
            created_at: at(0),
            published: None,
            rejection: None,
        }
    }

    pub(super) async fn draft(&self, app: &Application, version: &str) -> Result<Version, RecordError> {
        let draft = self.new_draft(app, version);
        self.records().create_draft(&draft, &self.event()).await?;
        Ok(draft)
    }

    /// A version that is published.
    pub(super) async fn published(&self, app: &Application, version: &str) -> Result<Version, RecordError> {
        let draft = self.draft(app, version).await?;
        let record = PublicationRecord { id: draft.id.clone(), publication: publication(), deployments: Vec::new() };
        self.records().publish(&record, &self.event()).await?;
        Ok(Version { published: Some(record.publication), ..draft })
    }

    /// A deployment that is not stored yet.
    pub(super) fn new_deployment(&self, version: &Version, target: &TargetName) -> Deployment {
        Deployment {
            id: self.id(),
            sequence: 0,
            app_id: version.app_id.clone(),
            app: version.app.clone(),
            version: version.version.clone(),
            target: target.clone(),
            trigger: Trigger::Manual,
            actor: "contract".to_owned(),
            triggered_by: None,
            replaces: None,
            state: DeploymentState::Queued,
            reason: None,
            commit: None,
            attempts: 0,
            not_before: None,
            queued_at: at(0),
            started_at: None,
            finished_at: None,
        }
    }

    pub(super) fn new_enqueue(&self, version: &Version, target: &TargetName) -> Enqueue {
        let deployment = self.new_deployment(version, target);
        Enqueue { deployment, hold: HoldChange::Keep, capacity: u64::from(u32::MAX) }
    }

    pub(super) async fn queued(&self, version: &Version, target: &TargetName) -> Result<Deployment, RecordError> {
        self.records().enqueue(&self.new_enqueue(version, target), &self.event()).await
    }

    /// A lease that is held for the rest of the suite.
    pub(super) async fn lease(&self, name: &str) -> Result<Lease, RecordError> {
        let lease = Lease { name: name.to_owned(), holder: "contract".to_owned() };
        assert!(self.records().acquire(&lease, LONG).await?, "a lease that nobody had is taken");
        Ok(lease)
    }

    /// How the application stands at the target.
    pub(super) async fn standing(&self, app: &str, target: &TargetName) -> Result<Option<AppTarget>, RecordError> {
        let all = self.records().app_targets(&[app.to_owned()]).await?;
        Ok(all.into_iter().map(|(_, standing)| standing).find(|standing| standing.target == *target))
    }
}

/// A point in time, microseconds after the suite's beginning.
pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_700_000_000_000_001 + micros)
}

pub(super) fn app(name: &str) -> AppName {
    parsed(AppName::parse(name))
}

pub(super) fn id(version: &str) -> VersionId {
    parsed(VersionId::parse(version))
}

pub(super) fn parsed<T, E: Debug>(name: Result<T, E>) -> T {
    match name {
        Ok(name) => name,
        Err(error) => unreachable!("the suite's names are valid: {error:?}"),
    }
}

pub(super) fn new_target(name: &str) -> Target {
    let name = parsed(TargetName::parse(name));
    let folder = parsed(FilePath::parse(&Target::default_folder(&name)));
    Target { name, repository: None, branch: None, folder, created_at: at(0) }
}

pub(super) fn bytes(size: u64) -> ExactBytes {
    ExactBytes { size, sha256: "0123456789abcdef".repeat(4) }
}

pub(super) fn publication() -> Publication {
    let files = vec!["a.yaml".to_owned(), "sub/\u{e9}.yaml".to_owned()];
    Publication { at: at(5), archive: bytes(1234), resources: Some(files.clone()), files }
}

pub(super) fn hold(reason: &str) -> Hold {
    Hold { reason: reason.to_owned(), by: "contract".to_owned(), at: at(7), deployment: None }
}

pub(super) fn finish(deployment: &Deployment, state: DeploymentState, after: i64) -> Finish {
    Finish { id: deployment.id.clone(), state, reason: None, commit: None, not_before: None, at: at(after) }
}

pub(super) fn page(limit: u32, offset: u64) -> Page {
    Page { limit, offset }
}

pub(super) fn assert_conflict<T: Debug>(result: Result<T, RecordError>, what: &str) {
    assert!(matches!(result, Err(RecordError::Conflict)), "{what} is a conflict, not {result:?}");
}

pub(super) fn assert_not_found<T: Debug>(result: Result<T, RecordError>, what: &str) {
    assert!(matches!(result, Err(RecordError::NotFound)), "{what} is not found, not {result:?}");
}

pub(super) fn assert_lease_lost<T: Debug>(result: Result<T, RecordError>, what: &str) {
    assert!(matches!(result, Err(RecordError::LeaseLost)), "{what} is told that its lease is lost, not {result:?}");
}

/// The one success; all others have to be conflicts.
pub(super) fn only_winner<T: Debug>(results: Vec<Result<T, RecordError>>, what: &str) -> T {
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    for result in lost {
        assert_conflict(result, what);
    }
    let mut won: Vec<T> = won.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "of {what} exactly one succeeds");
    match won.pop() {
        Some(winner) => winner,
        None => unreachable!("there is exactly one"),
    }
}
