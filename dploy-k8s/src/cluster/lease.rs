//! The lease that candidates for leadership compete for.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::json;

use super::{Rule, labels::FIELD_MANAGER};

/// What a candidate asks of the API server.
pub const ACCESS: &[Rule] = &[Rule::new("coordination.k8s.io", "leases", &["get", "create", "patch"]).at_home()];

/// Who competes for which lease, and how patiently.
///
/// The times are client-go's; they must satisfy `lease_duration > renew_deadline > retry_period` and
/// `call_timeout < renew_deadline`, and be equal for all candidates.
#[derive(Clone, Debug)]
pub struct LeaseConfig {
    /// Namespace of the Lease.
    pub namespace: String,
    /// Name of the Lease.
    pub name: String,
    /// Names this process among the candidates. Two processes must never share one, not even one after the other.
    pub identity: String,
    /// How long the others wait after the last renewal they saw before they take over (15 s).
    pub lease_duration: Duration,
    /// How long the leader tries to renew before it gives up (10 s).
    pub renew_deadline: Duration,
    /// Pause between attempts (2 s); a candidate's is lengthened by up to a fifth at random.
    pub retry_period: Duration,
    /// How long one request may take (4 s).
    pub call_timeout: Duration,
}

impl LeaseConfig {
    /// The usual times. A random suffix makes the identity this process's own.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, process: impl AsRef<str>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            identity: format!("{}_{:016x}", process.as_ref(), rand::random::<u64>()),
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
            call_timeout: Duration::from_secs(4),
        }
    }
}

/// What the lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRecord {
    /// Identity of the holder; empty after a release.
    pub holder: String,
    /// How long the holder's word stands without renewal; zero where the lease does not say.
    pub duration: Duration,
    /// When the holder took it. Wall clock, for people only.
    pub acquired: Option<Timestamp>,
    /// When the holder last renewed it. Wall clock, for people only.
    pub renewed: Option<Timestamp>,
    /// How often the lease changed hands.
    pub transitions: i32,
}

/// A record with the version that it was read at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// What the lease says.
    pub record: LeaseRecord,
    /// The lease's resourceVersion.
    pub version: String,
}

/// Why a lease could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// Somebody else wrote the lease in the meantime.
    #[error("the lease has changed since it was read")]
    Conflict,
    /// The request failed.
    #[error("the request failed")]
    Api(#[source] Box<kube::Error>),
    /// No answer within the call's time-out. The request may have had its effect.
    #[error("the request took too long")]
    Timeout,
}

/// Where the lease is kept.
///
/// # Contract
///
/// `create` and `update` are atomic compare-and-swap operations; `find` is a consistent read. A call that fails or is
/// dropped may have had its effect.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// The lease, if there is one.
    async fn find(&self) -> Result<Option<Versioned>, LeaseError>;
    /// Creates the lease; [`LeaseError::Conflict`] if there is one. Gives its version.
    async fn create(&self, record: &LeaseRecord) -> Result<String, LeaseError>;
    /// Writes the lease if it is still at `version`; [`LeaseError::Conflict`] otherwise. Gives its new version.
    async fn update(&self, record: &LeaseRecord, version: &str) -> Result<String, LeaseError>;
}

/// A `coordination.k8s.io/v1` Lease. Other fields, labels and annotations of it are left alone.
#[derive(Clone)]
pub struct KubeLease {
    api: Api<Lease>,
    name: String,
}

impl KubeLease {
    /// The lease that `config` names. The client must not be fenced by the leadership that this lease decides.
    pub fn new(client: Client, config: &LeaseConfig) -> Self {
        Self { api: Api::namespaced(client, &config.namespace), name: config.name.clone() }
    }
}

#[async_trait]
impl LeaseStore for KubeLease {
    async fn find(&self) -> Result<Option<Versioned>, LeaseError> {
        Ok(self.api.get_opt(&self.name).await.map_err(failed)?.map(|lease| {
            let version = lease.resource_version().unwrap_or_default();
            Versioned { record: lease.spec.map(from_spec).unwrap_or_else(unheld), version }
        }))
    }

    async fn create(&self, record: &LeaseRecord) -> Result<String, LeaseError> {
        let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
        let lease = Lease { metadata, spec: Some(to_spec(record)) };
        let params = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        let created = self.api.create(&params, &lease).await.map_err(failed)?;
        Ok(created.resource_version().unwrap_or_default())
    }

    async fn update(&self, record: &LeaseRecord, version: &str) -> Result<String, LeaseError> {
        let patch = json!({"metadata": {"resourceVersion": version}, "spec": to_spec(record)});
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let updated = self.api.patch(&self.name, &params, &Patch::Merge(&patch)).await.map_err(failed)?;
        Ok(updated.resource_version().unwrap_or_default())
    }
}

fn failed(error: kube::Error) -> LeaseError {
    match error {
        // 404: the lease that we would have updated was deleted.
        kube::Error::Api(status) if status.code == 409 || status.code == 404 => LeaseError::Conflict,
        other => LeaseError::Api(other.into()),
    }
}

fn unheld() -> LeaseRecord {
    from_spec(LeaseSpec::default())
}

fn from_spec(spec: LeaseSpec) -> LeaseRecord {
    LeaseRecord {
        holder: spec.holder_identity.unwrap_or_default(),
        duration: Duration::from_secs(spec.lease_duration_seconds.and_then(|s| u64::try_from(s).ok()).unwrap_or(0)),
        acquired: spec.acquire_time.map(|time| time.0),
        renewed: spec.renew_time.map(|time| time.0),
        transitions: spec.lease_transitions.unwrap_or(0),
    }
}

fn to_spec(record: &LeaseRecord) -> LeaseSpec {
    // Whole seconds, and never less than what is promised: the others must not take over early.
    let seconds = i32::try_from(record.duration.as_millis().div_ceil(1000)).unwrap_or(i32::MAX).max(1);
    LeaseSpec {
        holder_identity: Some(record.holder.clone()),
        lease_duration_seconds: Some(seconds),
        acquire_time: record.acquired.map(MicroTime),
        renew_time: record.renewed.map(MicroTime),
        lease_transitions: Some(record.transitions),
        ..LeaseSpec::default()
    }
}
