//! The port.

use std::{collections::BTreeSet, fmt};

use async_trait::async_trait;
use dploy_core::environments::{
    ObjectKey,
    ports::{Engine, EngineError, Force, Readiness, Release, ReleaseRef, Removal},
};
use futures::stream::BoxStream;
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{
        Cache, CacheMetrics, Error, Object, ObjectKey as Key, Owner, Store, WatchOptions, Written, condition, labels,
        owns, watch,
    },
    foreign::flux::HelmRelease,
};

use super::{
    changes::changes,
    objects::{self, SourceKey},
    readiness::{progressing, readiness},
    sources::{Sources, Unneeded},
};

/// Index of releases by the source that they refer to.
pub(super) const BY_SOURCE: &str = "source";
/// How often a write is tried when somebody else was faster.
const ATTEMPTS: usize = 5;

/// Installs charts by Flux: a HelmRelease for each release, one source for all that can share it.
///
/// It reads from its own watches, which [`watch`](Self::watch) starts; nothing may be asked of it before they are
/// [synced](Self::wait_synced).
pub struct FluxEngine {
    home: String,
    pub(super) releases: Store<HelmRelease>,
    pub(super) sources: Sources,
    /// Read while a release is written after its source, written while a source that nothing refers to is removed.
    pub(super) sharing: RwLock<()>,
}

impl fmt::Debug for FluxEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FluxEngine").field("home", &self.home).finish_non_exhaustive()
    }
}

impl FluxEngine {
    /// An engine that writes through `client`, which a [fence](crate::cluster::fence) should guard. `home` is the
    /// namespace that the platform itself lives in: releases of its instances keep their names in `flux.namespace`.
    #[must_use]
    pub fn new(client: &Client, home: impl Into<String>, metrics: &CacheMetrics) -> Self {
        let source = |release: &HelmRelease| SourceKey::referenced(release).iter().map(ToString::to_string).collect();
        let cache = Cache::<HelmRelease>::builder().modify(HelmRelease::trim).index(BY_SOURCE, source);
        Self {
            home: home.into(),
            releases: Store::new(client.clone(), cache.metrics(metrics.clone()).build()),
            sources: Sources::new(client, metrics),
            sharing: RwLock::default(),
        }
    }

    /// Starts to watch releases and sources in all namespaces. The watches end with `cancel`.
    ///
    /// A kind that the cluster does not have counts as empty until it is installed.
    pub fn watch(&self, client: &Client, cancel: &CancellationToken) {
        drop(watch::spawn(client.clone(), self.releases.cache().clone(), ours(), cancel.clone()));
        self.sources.watch(client, cancel);
    }

    /// Whether releases and sources have been listed.
    #[must_use]
    pub fn synced(&self) -> bool {
        self.releases.cache().synced() && self.sources.synced()
    }

    /// Waits until releases and sources have been listed.
    pub async fn wait_synced(&self) {
        tokio::join!(self.releases.cache().wait_synced(), self.sources.wait_synced());
    }

    /// Lists releases and sources again, and waits for it: nothing that was written before this call is missing then.
    pub async fn refresh(&self) {
        tokio::join!(self.releases.cache().refresh(), self.sources.refresh());
    }

    /// Deletes the HelmRelease, and with force gives it up; it is gone when the cache says so.
    async fn delete(&self, live: &HelmRelease, force: Force) -> Result<(), Error> {
        let key = Key::of(live);
        if live.metadata.deletion_timestamp.is_none() {
            self.releases.delete_uid(live).await?;
        }
        match (force, self.releases.cache().get(&key)) {
            (Force::Yes, Some(live)) if live.metadata.deletion_timestamp.is_some() => self.give_up(&live).await,
            _ => Ok(()),
        }
    }

    /// Takes the finalizers off a HelmRelease that is being deleted.
    async fn give_up(&self, live: &HelmRelease) -> Result<(), Error> {
        let key = Key::of(live);
        let api = Api::<HelmRelease>::namespaced(self.releases.client().clone(), &live.namespace().unwrap_or_default());
        let uid = live.uid().unwrap_or_default();
        let patch = json!({ "metadata": { "uid": uid, "finalizers": null } });
        match api.patch(&key.name, &PatchParams::default(), &Patch::Merge(&patch)).await {
            Ok(_) => self.releases.cache().observe_deleted(&key, &uid),
            Err(kube::Error::Api(status)) if status.is_not_found() => {
                self.releases.cache().observe_deleted(&key, &uid);
            }
            Err(source) => {
                let subject = format!("the finalizers of HelmRelease {key}");
                return Err(Error::Api { verb: "remove", subject, source: source.into() });
            }
        }
        Ok(())
    }

    async fn remove_sources(&self, unneeded: Unneeded<'_>) -> Result<(), EngineError> {
        let releases = self.releases.cache();
        if !self.sources.has(releases, &unneeded) {
            return Ok(());
        }
        let _alone = self.sharing.write().await;
        self.sources.remove(releases, &unneeded).await.map_err(unavailable)
    }
}

#[async_trait]
impl Engine for FluxEngine {
    async fn apply(&self, release: &Release) -> Result<Readiness, EngineError> {
        let _shared = self.sharing.read().await;
        let source = objects::source(release);
        match self.sources.ensure(release, &source).await {
            Ok(()) => {}
            Err(error @ Error::Terminating { .. }) => return Ok(progressing("SourceTerminating", &error.to_string())),
            Err(error) => return Err(refused(error, EngineError::Source)),
        }
        let desired = objects::helm_release(release, &source, &self.home);
        match persist(&self.releases, &desired, &objects::release_owner(&release.reference)).await {
            Ok(written) => {
                let reported = self.sources.status(&source);
                Ok(readiness(written.object(), reported.as_ref().map(|(generation, status)| (*generation, status))))
            }
            Err(error @ Error::Terminating { .. }) => Ok(progressing("HelmReleaseTerminating", &error.to_string())),
            Err(error) => Err(refused(error, EngineError::Release)),
        }
    }

    async fn remove(&self, release: &ReleaseRef, force: Force) -> Result<Removal, EngineError> {
        let key = objects::release_key(release, &self.home);
        let live = match self.releases.cache().get(&key) {
            Some(live) => Some(live),
            // Its namespace goes next, so a cache that lags behind a former leader must not be believed.
            None => match self.releases.get_live(&key).await {
                Err(error) if is_missing(&error) => None,
                found => found.map_err(unavailable)?,
            },
        };
        if let Some(live) = live.filter(|live| owns(&live.metadata, &release.instance.uid)) {
            self.delete(&live, force).await.map_err(unavailable)?;
            if let Some(left) = self.releases.cache().get(&key).filter(|left| left.uid() == live.uid()) {
                return Ok(Removal::Pending(waits_for(&key, &left)));
            }
        }
        self.remove_sources(Unneeded::Ownerless(&release.engine_namespace)).await?;
        Ok(Removal::Gone)
    }

    async fn retain(&self, template: &ObjectKey, revisions: &BTreeSet<String>) -> Result<(), EngineError> {
        self.remove_sources(Unneeded::Without(template, revisions)).await
    }

    fn changes(&self) -> BoxStream<'static, ObjectKey> {
        changes(self.releases.cache(), &self.sources)
    }
}

/// What is watched: our objects, of kinds that the cluster may lack.
pub(super) fn ours() -> WatchOptions {
    WatchOptions::all().labels(format!("{}=true", labels::MANAGED)).optional()
}

/// Applies, again where somebody else was faster.
pub(super) async fn persist<K: Object>(store: &Store<K>, desired: &K, owner: &Owner) -> Result<Written<K>, Error> {
    let mut attempt = 1;
    loop {
        match store.apply(desired, owner).await {
            Err(Error::Conflict { .. } | Error::AlreadyExists { .. }) if attempt < ATTEMPTS => attempt += 1,
            outcome => return outcome,
        }
    }
}

fn waits_for(key: &Key, release: &HelmRelease) -> String {
    let waits = format!("waiting for HelmRelease {key} to be uninstalled");
    let conditions = release.status.iter().flat_map(|status| &status.conditions);
    let ready: Vec<_> = conditions.filter(|found| found.reason == "UninstallFailed").cloned().collect();
    match condition::find(&ready, "Ready") {
        Some(failed) => format!("{waits}: {}", failed.message),
        None => waits,
    }
}

/// What the server refuses is the object's fault and said of the instance; all else is tried again.
fn refused(error: Error, of: fn(Box<dyn std::error::Error + Send + Sync>) -> EngineError) -> EngineError {
    match error {
        Error::NameTaken { subject } => EngineError::NameTaken(subject),
        Error::Invalid { .. } => of(error.into()),
        error if is_missing(&error) || status(&error) == Some(403) => of(error.into()),
        error => unavailable(error),
    }
}

/// Whether the namespace is gone or the kind is not installed; of the latter the server says no more than 404.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) || status(error) == Some(404)
}

fn status(error: &Error) -> Option<u16> {
    match error {
        Error::Api { source, .. } => match &**source {
            kube::Error::Api(status) => Some(status.code),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn unavailable(error: Error) -> EngineError {
    EngineError::Unavailable(error.into())
}
