use std::{collections::BTreeSet, fmt, time::Duration};

use async_trait::async_trait;

use crate::{
    releases::{
        api_key::ApiKey,
        application::{AppRef, AppTarget, Application},
        audit::{AuditEvent, AuditFilter},
        deployment::{Deployment, DeploymentId, DeploymentState},
        name::{AppName, TargetName, VersionId},
        page::{Page, Paged},
        policy::AutoDeployPolicy,
        target::{Hold, Target},
        version::{Publication, Rejection, Version, VersionStatus},
    },
    time::Timestamp,
};

/// Everything that is kept in a database.
///
/// # Contract
/// - Every method is one transaction: what it says happens as a whole or not at all, and is kept once it returned.
/// - A method that changes something stores its [`AuditEvent`] in the same transaction; [`RecordError::Conflict`] where
///   there is an event of that id.
/// - A record that names an application, a version or a target that is not there is a [`RecordError::Conflict`].
/// - Lists are newest first by (creation, id), a total order.
/// - Times are kept to a microsecond.
/// - Several processes may use one database at once.
pub trait Records:
    ApplicationRecords
    + DraftRecords
    + VersionRecords
    + PolicyRecords
    + TargetRecords
    + DeploymentRecords
    + QueueRecords
    + LeaseRecords
    + KeyRecords
    + AuditRecords
{
}

impl<T> Records for T where
    T: ApplicationRecords
        + DraftRecords
        + VersionRecords
        + PolicyRecords
        + TargetRecords
        + DeploymentRecords
        + QueueRecords
        + LeaseRecords
        + KeyRecords
        + AuditRecords
{
}

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Another record has that name, or the record has changed since it was read.
    #[error("the record exists already or has changed")]
    Conflict,
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// The lease is not held any more.
    #[error("the lease is not held any more")]
    LeaseLost,
    /// The database does not answer, or refuses.
    #[error("the database is not reachable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What the database holds cannot be understood.
    #[error("the database holds something unreadable")]
    Corrupt(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Which applications are listed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ApplicationFilter {
    /// The one of that name.
    pub name: Option<AppName>,
    /// Those of these names.
    pub among: Option<BTreeSet<AppName>>,
}

/// Applications, and how they stand at their targets.
#[async_trait]
pub trait ApplicationRecords: Send + Sync + fmt::Debug {
    /// Stores a new application. Of parallel calls with one name exactly one succeeds, the others are [`RecordError::Conflict`].
    async fn create_application(&self, application: &Application, event: &AuditEvent) -> Result<(), RecordError>;

    /// Stores changed rules. [`RecordError::NotFound`].
    async fn update_application(&self, application: &Application, event: &AuditEvent) -> Result<(), RecordError>;

    /// The application of that id or, failing that, name.
    async fn find_application(&self, app: &AppRef) -> Result<Option<Application>, RecordError>;

    /// Applications.
    async fn list_applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Paged<Application>, RecordError>;

    /// How these applications (their ids) stand at every target where they have a current version or a hold, by
    /// application and target.
    async fn app_targets(&self, app_ids: &[String]) -> Result<Vec<(String, AppTarget)>, RecordError>;
}

/// Drafts of versions.
#[async_trait]
pub trait DraftRecords: Send + Sync + fmt::Debug {
    /// Stores a new version. [`RecordError::Conflict`] where the application has one of that id.
    async fn create_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError>;

    /// Stores `drafted_at` and `exact` of a draft anew. [`RecordError::Conflict`] where it is a draft no more.
    async fn renew_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError>;

    /// Drafts last drafted before `before`, oldest first, at most `limit`.
    async fn expired_drafts(&self, before: Timestamp, limit: u32) -> Result<Vec<Version>, RecordError>;

    /// Removes a draft, unless it was published or renewed since it was read: [`RecordError::Conflict`].
    async fn remove_draft(&self, version: &Version, event: &AuditEvent) -> Result<(), RecordError>;
}

/// A version that becomes published, with the deployments that policies ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicationRecord {
    /// The id (UUID) of the version.
    pub id: String,
    /// What is published.
    pub publication: Publication,
    /// What is queued with it.
    pub deployments: Vec<Deployment>,
}

/// Versions.
#[async_trait]
pub trait VersionRecords: Send + Sync + fmt::Debug {
    /// The version of that id of the application (its UUID).
    async fn find_version(&self, app_id: &str, version: &VersionId) -> Result<Option<Version>, RecordError>;

    /// The application's versions.
    async fn list_versions(
        &self,
        app_id: &str,
        status: Option<VersionStatus>,
        page: Page,
    ) -> Result<Paged<Version>, RecordError>;

    /// Makes a draft published and queues the deployments (their `sequence` is given here), all or nothing.
    /// [`RecordError::Conflict`] where it is a draft no more: of parallel calls one succeeds. The stored deployments, in the order given.
    async fn publish(&self, record: &PublicationRecord, event: &AuditEvent) -> Result<Vec<Deployment>, RecordError>;

    /// Sets or lifts a version's rejection. [`RecordError::NotFound`].
    async fn reject(&self, id: &str, rejection: Option<&Rejection>, event: &AuditEvent) -> Result<(), RecordError>;
}

/// Policies.
#[async_trait]
pub trait PolicyRecords: Send + Sync + fmt::Debug {
    /// Stores a new policy. [`RecordError::Conflict`] where the application has one of that name.
    async fn create_policy(&self, policy: &AutoDeployPolicy, event: &AuditEvent) -> Result<(), RecordError>;

    /// Stores a changed policy under its id. [`RecordError::NotFound`], or [`RecordError::Conflict`] for a name that is taken.
    async fn update_policy(&self, policy: &AutoDeployPolicy, event: &AuditEvent) -> Result<(), RecordError>;

    /// The policy of that id, if it is one of the application's.
    async fn find_policy(&self, app_id: &str, id: &str) -> Result<Option<AutoDeployPolicy>, RecordError>;

    /// All policies of the application.
    async fn list_policies(&self, app_id: &str) -> Result<Vec<AutoDeployPolicy>, RecordError>;

    /// Removes a policy; its deployments stay readable. [`RecordError::NotFound`].
    async fn remove_policy(&self, app_id: &str, id: &str, event: &AuditEvent) -> Result<(), RecordError>;
}

/// Targets, and holds on them.
#[async_trait]
pub trait TargetRecords: Send + Sync + fmt::Debug {
    /// Stores a new target. [`RecordError::Conflict`] where there is one of that name.
    async fn create_target(&self, target: &Target, event: &AuditEvent) -> Result<(), RecordError>;

    /// Stores a changed target under its name. [`RecordError::NotFound`].
    async fn update_target(&self, target: &Target, event: &AuditEvent) -> Result<(), RecordError>;

    /// All targets in the order of their names.
    async fn list_targets(&self) -> Result<Vec<Target>, RecordError>;

    /// Removes a target. [`RecordError::NotFound`]; [`RecordError::Conflict`] where a policy, a current version or an unfinished
    /// deployment names it.
    async fn remove_target(&self, target: &TargetName, event: &AuditEvent) -> Result<(), RecordError>;

    /// Sets or lifts the hold on an application's target. [`RecordError::NotFound`] where one of them is not there.
    async fn set_hold(
        &self,
        app_id: &str,
        target: &TargetName,
        hold: Option<&Hold>,
        event: &AuditEvent,
    ) -> Result<(), RecordError>;
}

/// A deployment that is to be queued.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enqueue {
    /// The deployment; its `sequence` is given when it is stored.
    pub deployment: Deployment,
    /// What becomes of the hold on its target.
    pub hold: HoldChange,
    /// How many deployments may be queued in all; [`RecordError::Conflict`] beyond.
    pub capacity: u64,
}

/// What becomes of a hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HoldChange {
    /// It stays as it is.
    Keep,
    /// It is set.
    Set(Hold),
    /// It is lifted.
    Lift,
}

/// Which deployments are listed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeploymentFilter {
    /// Of these applications, by name.
    pub among: Option<BTreeSet<AppName>>,
    /// Of this application, by its id.
    pub app_id: Option<String>,
    /// To this target.
    pub target: Option<TargetName>,
    /// Of this version.
    pub version: Option<VersionId>,
    /// In one of these states; empty is any.
    pub states: Vec<DeploymentState>,
}

/// Deployments.
#[async_trait]
pub trait DeploymentRecords: Send + Sync + fmt::Debug {
    /// Queues a deployment and changes the hold, all or nothing; the deployment as stored.
    async fn enqueue(&self, enqueue: &Enqueue, event: &AuditEvent) -> Result<Deployment, RecordError>;

    /// The deployment of that id.
    async fn find_deployment(&self, id: &str) -> Result<Option<Deployment>, RecordError>;

    /// Deployments, the latest by sequence first.
    async fn list_deployments(&self, filter: &DeploymentFilter, page: Page) -> Result<Paged<Deployment>, RecordError>;
}

/// A transition of a deployment that is not final yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finish {
    /// Which one.
    pub id: DeploymentId,
    /// Its state from now on; `Queued` puts it back to be tried again from `not_before` on, `Running` leaves it where it is
    /// until the remote can be asked about it, from `not_before` on.
    pub state: DeploymentState,
    /// Why.
    pub reason: Option<String>,
    /// The commit that holds it.
    pub commit: Option<String>,
    /// When it may be tried again.
    pub not_before: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// The queue of deployments, for workers.
#[async_trait]
pub trait QueueRecords: Send + Sync + fmt::Debug {
    /// The deployments to these targets that are not final, the earliest first, at most `limit`.
    async fn unfinished(&self, targets: &[TargetName], limit: u32) -> Result<Vec<Deployment>, RecordError>;

    /// Makes queued deployments running and counts the attempt, those among `ids` that are still queued; their ids.
    /// [`RecordError::LeaseLost`] where the lease is not held any more.
    async fn start(&self, ids: &[DeploymentId], at: Timestamp, lease: &Lease)
    -> Result<Vec<DeploymentId>, RecordError>;

    /// Carries out transitions of unfinished deployments, all or nothing; one that is final already stays. A success becomes the
    /// current version of its target, and a removal leaves none there, unless one of a larger sequence did either.
    /// [`RecordError::LeaseLost`] where the lease is not held any more.
    async fn finish(&self, transitions: &[Finish], lease: &Lease) -> Result<(), RecordError>;
}

/// The right to be the only one for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// What of.
    pub name: String,
    /// Who has it.
    pub holder: String,
}

/// Leases, timed by the database's clock.
///
/// # Contract
/// At any time at most one holder has a lease; one that was not renewed for its duration is free.
#[async_trait]
pub trait LeaseRecords: Send + Sync + fmt::Debug {
    /// Takes or renews the lease for `duration` from now; whether it is held.
    async fn acquire(&self, lease: &Lease, duration: Duration) -> Result<bool, RecordError>;

    /// Gives it up; it may be somebody else's already.
    async fn release(&self, lease: &Lease) -> Result<(), RecordError>;

    /// Whether the database answers: a live look, bounded by a few seconds.
    async fn ready(&self) -> Result<(), RecordError>;
}

/// API keys.
#[async_trait]
pub trait KeyRecords: Send + Sync + fmt::Debug {
    /// Stores a new key. [`RecordError::Conflict`] where a key of that name is in use.
    async fn create_key(&self, key: &ApiKey, event: &AuditEvent) -> Result<(), RecordError>;

    /// The keys of that prefix, revoked ones too.
    async fn find_keys(&self, prefix: &str) -> Result<Vec<ApiKey>, RecordError>;

    /// Keys, revoked ones too.
    async fn list_keys(&self, page: Page) -> Result<Paged<ApiKey>, RecordError>;

    /// Revokes a key. [`RecordError::NotFound`] where there is none of that id, or it is revoked already.
    async fn revoke_key(&self, id: &str, at: Timestamp, event: &AuditEvent) -> Result<(), RecordError>;

    /// Notes that a key was used, unless it was used later already or is not there.
    async fn touch_key(&self, id: &str, at: Timestamp) -> Result<(), RecordError>;
}

/// The audit.
#[async_trait]
pub trait AuditRecords: Send + Sync + fmt::Debug {
    /// Stores an event that belongs to no change.
    async fn append_event(&self, event: &AuditEvent) -> Result<(), RecordError>;

    /// Events.
    async fn list_events(&self, filter: &AuditFilter, page: Page) -> Result<Paged<AuditEvent>, RecordError>;
}
