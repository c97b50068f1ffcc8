//! The port.

use std::{collections::BTreeSet, fmt};

use async_trait::async_trait;
use dploy_core::environments::{
    ObjectKey,
    ports::{Engine, EngineError, Force, Readiness, Release, ReleaseRef, Removal},
};
use futures::stream::BoxStream;
use kube::Client;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{Cache, CacheMetrics, Error, ObjectKey as Key, Rule, Store, condition, watch},
    environments::release::{ours, persist, refused, release_key, take_down, unavailable, unserved},
    foreign::flux::HelmRelease,
};

use super::{
    changes::changes,
    objects::{self, SourceKey},
    readiness::{progressing, readiness},
    sources::{Sources, Unneeded},
};

/// What the engine asks of the API server for its releases.
pub(super) const ACCESS: &[Rule] =
    &[Rule::new("helm.toolkit.fluxcd.io", "helmreleases", &["get", "list", "watch", "create", "patch", "delete"])];

/// Index of releases by the source that they refer to.
pub(super) const BY_SOURCE: &str = "source";

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
        let key = release_key(release, &self.home);
        let left = take_down(&self.releases, &key, &release.instance.uid, force).await.map_err(unavailable)?;
        if let Some(left) = left {
            return Ok(Removal::Pending(waits_for(&key, &left)));
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

    fn unavailable(&self) -> Option<String> {
        unserved(self.releases.cache())
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
