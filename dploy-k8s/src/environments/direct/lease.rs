//! One decision at a time about what an owner has, over all replicas.
//!
//! A Lease per owner is created for a decision and deleted after it; that the API server lets only one create succeed
//! is what makes it exclusive. One that a dead process left is taken over once it has been seen unchanged, by this
//! process's own clock, for as long as it says that it lasts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dploy_core::id::{OwnerId, hex};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{
    Api, Client,
    api::{DeleteParams, Preconditions},
};
use tokio::time::{Instant, sleep};

use crate::cluster::{
    Rule,
    lease::{KubeLease, LeaseConfig, LeaseError, LeaseRecord, LeaseStore},
};

/// What a decision asks of the API server.
pub(super) const ACCESS: &[Rule] =
    &[Rule::new("coordination.k8s.io", "leases", &["get", "create", "patch", "delete"]).at_home()];

/// How long a request waits for its turn.
const WAIT: Duration = Duration::from_secs(5);
/// How long a Lease stands without being given up: longer than any decision.
const DURATION: Duration = Duration::from_secs(12);
/// How long what was seen of a Lease is kept.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// The shortest and the longest pause between two tries, in milliseconds.
const PAUSE: std::ops::Range<u64> = 20..80;

/// Others were deciding about this owner all the time.
#[derive(Debug, thiserror::Error)]
pub(super) enum Busy {
    /// The turn did not come.
    #[error("other requests of this owner are being decided")]
    Waited,
    /// The Lease cannot be read or written.
    #[error("the owner's lease is not reachable")]
    Lease(#[source] LeaseError),
}

/// The Leases of owners.
#[derive(Clone)]
pub(super) struct OwnerLeases {
    client: Client,
    namespace: String,
    identity: String,
    /// The Leases that others hold as they were found, and since when they have been so: a dead one outlasts a wait.
    seen: Arc<Mutex<HashMap<String, (String, Instant)>>>,
}

/// A request that waits for its turn.
pub(super) struct Turn<'a> {
    leases: &'a OwnerLeases,
    name: String,
    store: KubeLease,
    since: Instant,
}

/// A Lease that is held.
pub(super) struct Held {
    api: Api<Lease>,
    name: String,
    version: String,
}

impl OwnerLeases {
    pub(super) fn new(client: Client, namespace: String, identity: String) -> Self {
        Self { client, namespace, identity, seen: Arc::default() }
    }

    /// A request's wait for its turn to decide about `owner`.
    pub(super) fn turn(&self, owner: &OwnerId) -> Turn<'_> {
        let name = format!("dploy-owner-{}", owner.as_str());
        let store = KubeLease::new(self.client.clone(), &LeaseConfig::new(&self.namespace, &name, &self.identity));
        Turn { leases: self, name, store, since: Instant::now() }
    }

    /// How long the Lease `name` has been seen at `version`.
    fn stood(&self, name: &str, version: &str) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, (_, since)| since.elapsed() < FORGOTTEN);
        match seen.get(name) {
            Some((known, since)) if known == version => since.elapsed(),
            _ => {
                seen.insert(name.to_owned(), (version.to_owned(), Instant::now()));
                Duration::ZERO
            }
        }
    }

    /// A record of this decision alone.
    fn record(&self) -> LeaseRecord {
        let now = jiff::Timestamp::now();
        LeaseRecord {
            holder: format!("{}_{}", self.identity, hex(&rand::random::<[u8; 8]>())),
            duration: DURATION,
            acquired: Some(now),
            renewed: Some(now),
            transitions: 0,
        }
    }
}

impl Turn<'_> {
    /// Tries once; `None` after a pause where another decision is under way.
    pub(super) async fn take(&mut self) -> Result<Option<Held>, Busy> {
        match self.version().await.map_err(Busy::Lease)? {
            Some(version) => {
                let api = Api::namespaced(self.leases.client.clone(), &self.leases.namespace);
                Ok(Some(Held { api, name: self.name.clone(), version }))
            }
            None if self.since.elapsed() >= WAIT => Err(Busy::Waited),
            None => {
                sleep(Duration::from_millis(rand::random_range(PAUSE))).await;
                Ok(None)
            }
        }
    }

    /// The version of the Lease once it is this request's.
    async fn version(&mut self) -> Result<Option<String>, LeaseError> {
        let mine = self.leases.record();
        if let Some(version) = won(self.store.create(&mine).await)? {
            return Ok(Some(version));
        }
        let Some(found) = self.store.find().await? else { return Ok(None) };
        if self.leases.stood(&self.name, &found.version) < found.record.duration {
            return Ok(None);
        }
        won(self.store.update(&mine, &found.version).await)
    }
}

/// A write that came too late is no failure.
fn won(written: Result<String, LeaseError>) -> Result<Option<String>, LeaseError> {
    match written {
        Err(LeaseError::Conflict) => Ok(None),
        written => written.map(Some),
    }
}

impl Held {
    /// Gives it up. Where that fails it runs out by itself.
    pub(super) async fn release(self) {
        let preconditions = Preconditions { uid: None, resource_version: Some(self.version) };
        let params = DeleteParams::default().preconditions(preconditions);
        if let Err(error) = self.api.delete(&self.name, &params).await {
            tracing::debug!(lease.name = self.name, %error, "an owner's lease runs out by itself");
        }
    }
}
