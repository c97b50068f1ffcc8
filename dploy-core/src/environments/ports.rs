//! What the environments domain needs from outside.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{id::OwnerId, json::Json, time::Timestamp};

use super::{
    Metadata, ObjectKey, UidRef,
    claim::{Claim, ClaimStatus, Idempotency},
    instance::Instance,
    marks::Marks,
    settings::{Revision, Settings},
    template::Template,
};

/// Installs charts and says how they are doing.
///
/// # Contract
/// - `apply` is idempotent: with the same release and nothing changed from outside it makes no request that mutates.
/// - It creates what is missing, corrects what differs from the release, and never touches an object that does not
///   carry the instance's uid: [`EngineError::NameTaken`].
/// - What it reports belongs to the release as applied: a verdict on an older state counts as progressing.
/// - `remove` is idempotent and tolerates that `apply` never ran. It answers [`Removal::Gone`] only once nothing that
///   the release installed is left under the engine's control.
/// - `retain` removes what releases of one template share and no kept revision needs. It never breaks an existing release.
/// - `changes` tells of releases whose state may have changed; a spurious item is allowed, a missing one is not.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Engine: Send + Sync + fmt::Debug {
    /// Makes the release so and tells how it is doing.
    async fn apply(&self, release: &Release) -> Result<Readiness, EngineError>;

    /// Takes one step of uninstalling the release and tells whether it is gone.
    async fn remove(&self, release: &ReleaseRef, force: Force) -> Result<Removal, EngineError>;

    /// Keeps, of what releases of `template` share, only what `revisions` need.
    async fn retain(&self, template: &ObjectKey, revisions: &BTreeSet<String>) -> Result<(), EngineError>;

    /// The instances whose releases may have changed, from now on.
    fn changes(&self) -> BoxStream<'static, ObjectKey>;

    /// Why nothing can be installed at all as things are, such as kinds that the cluster does not serve; `None` where
    /// it can. Answers at once, from memory, and may lag behind.
    fn unavailable(&self) -> Option<String> {
        None
    }
}

/// Which installation is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseRef {
    /// The namespace of the instance.
    pub namespace: String,
    /// The instance.
    pub instance: UidRef,
    /// The namespace of the engine's objects.
    pub engine_namespace: String,
}

/// An installation that an engine is asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Release {
    /// Which installation it is.
    pub reference: ReleaseRef,
    /// The template with its settings as the instance was pinned to them.
    pub revision: Arc<Revision>,
    /// The namespace that the chart is installed into.
    pub target_namespace: String,
    /// Labels that the engine's objects carry besides its own.
    pub labels: BTreeMap<String, String>,
    /// The Helm values; `None` leaves the chart's own.
    pub values: Option<Json>,
}

/// How an installation is doing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Readiness {
    /// Where it stands.
    pub state: ReadinessState,
    /// The engine's constant word for it.
    pub reason: String,
    /// The engine's sentence for it.
    pub message: String,
}

/// Where an installation stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReadinessState {
    /// It runs.
    Ready,
    /// It is on its way.
    Progressing,
    /// The engine has given up.
    Failed,
}

/// Whether to wait for the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Force {
    /// Let the engine uninstall in order.
    No,
    /// Give the engine's objects up even if it never finishes.
    Yes,
}

/// How far uninstalling has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Removal {
    /// Nothing is left.
    Gone,
    /// The engine is at work; what it waits for.
    Pending(String),
}

/// Why an engine could not do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// An object of the needed name belongs to somebody else; its kind and name.
    #[error("{0} belongs to something else")]
    NameTaken(String),
    /// The release's source could not be written.
    #[error("the source could not be applied")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The release itself could not be written.
    #[error("the release could not be applied")]
    Release(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The engine's state could not be read, or a removal failed.
    #[error("the engine's objects are not reachable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A claim that the API asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewClaim {
    /// Its name, derived from owner and template.
    pub name: String,
    /// The name of the template.
    pub template: String,
    /// The readable owner.
    pub owner: String,
    /// The owner that quota and uniqueness count for.
    pub owner_id: OwnerId,
    /// The parameters.
    pub params: BTreeMap<String, String>,
    /// The token claims that are kept.
    pub claims: Json,
    /// Seconds asked for.
    pub ttl_seconds: Option<i64>,
    /// Whether it waits where the pool is empty; `None` leaves that to the template.
    pub wait_for_pool: Option<bool>,
    /// The request that makes it, where that can be recognised.
    pub idempotency: Option<Idempotency>,
}

impl NewClaim {
    /// The claim that this asks for, under the identity and with the status that it gets.
    #[must_use]
    pub fn claim(&self, meta: Metadata, status: ClaimStatus) -> Claim {
        Claim {
            meta,
            template: self.template.clone(),
            owner: self.owner.clone(),
            owner_id: self.owner_id.clone(),
            params: self.params.clone(),
            claims: self.claims.clone(),
            ttl_seconds: self.ttl_seconds,
            wait_for_pool: self.wait_for_pool,
            extensions: 0,
            last_activity: None,
            adopts: None,
            idempotency: self.idempotency.clone(),
            status,
        }
    }
}

/// Writes claims of one namespace; everything it returns is live, not cached.
///
/// # Contract
/// - `create` is atomic per name: of two creates of one name exactly one succeeds, the other is [`StoreError::AlreadyExists`].
/// - `extend` and `note_activity` write under the version of the claim they are given: [`StoreError::Conflict`] when that
///   is not the newest.
/// - `delete` deletes only the incarnation it is given, and says whether that was there; one that is gone is no failure.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ClaimStore: Send + Sync + fmt::Debug {
    /// The claim of that name as it is now.
    async fn find(&self, name: &str) -> Result<Option<Claim>, StoreError>;

    /// Stores a new claim.
    async fn create(&self, claim: &NewClaim) -> Result<Claim, StoreError>;

    /// Raises the number of extensions asked for to `extensions`.
    async fn extend(&self, claim: &Claim, extensions: u32) -> Result<Claim, StoreError>;

    /// Notes that its environment was used at `at`, in whole seconds.
    async fn note_activity(&self, claim: &Claim, at: Timestamp) -> Result<Claim, StoreError>;

    /// Deletes this incarnation of the claim; `false` where it is gone already.
    async fn delete(&self, claim: &UidRef) -> Result<bool, StoreError>;
}

/// Why a claim could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A claim of that name exists.
    #[error("the claim exists already")]
    AlreadyExists,
    /// The claim has changed since it was read, or is gone.
    #[error("the claim has changed")]
    Conflict,
    /// The claim is refused by the store's own rules; what it said.
    #[error("the claim is refused: {0}")]
    Refused(String),
    /// The store does not answer.
    #[error("the claim store is not reachable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What can be asked for in one namespace, from caches that may lag behind.
///
/// # Contract
/// Every method answers at once, from memory.
pub trait Catalog: Send + Sync + fmt::Debug {
    /// All templates in the order of their names.
    fn templates(&self) -> Vec<TemplateEntry>;

    /// The template of that name.
    fn template(&self, name: &str) -> Option<TemplateEntry>;

    /// The settings in force.
    fn settings(&self) -> Settings;
}

/// What one namespace of the platform looks like, from caches that may lag behind.
///
/// # Contract
/// - Every method that is not asynchronous answers at once, from memory. What the same process wrote through its
///   [`ClaimStore`] is seen from the moment that write returned.
/// - `changed` returns when the claim differs from the version given (another version, another incarnation, or gone),
///   or after `limit`; it may return early.
#[async_trait]
pub trait Observer: Catalog {
    /// Whether the platform answers; a live look, bounded by a few seconds.
    async fn ready(&self) -> bool;

    /// All claims of these owners.
    fn claims_of(&self, owners: &BTreeSet<OwnerId>) -> Vec<Arc<Claim>>;

    /// All claims.
    fn claims(&self) -> Vec<Arc<Claim>>;

    /// The claim of that name.
    fn claim(&self, name: &str) -> Option<Arc<Claim>>;

    /// The instance of that name.
    fn instance(&self, name: &str) -> Option<Arc<Instance>>;

    /// All instances in the order of template and name.
    fn instances(&self) -> Vec<Arc<Instance>>;

    /// Waits until the claim of that name is not at `version` any more, at most `limit`.
    async fn changed(&self, name: &str, version: Option<&str>, limit: Duration);
}

/// A template in the catalog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateEntry {
    /// The template.
    pub template: Arc<Template>,
    /// Why its spec is not accepted, where it is not; such a template is listed but cannot be asked for.
    pub refused: Option<String>,
    /// What administrators set on it.
    pub marks: Marks,
    /// When it was created.
    pub created: Timestamp,
}
