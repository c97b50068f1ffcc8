//! The port.

use std::{collections::BTreeSet, fmt, sync::Arc};

use async_trait::async_trait;
use dploy_core::environments::{
    ObjectKey,
    ports::{Engine, EngineError, Force, Readiness, Release, ReleaseRef, Removal},
};
use futures::{StreamExt, stream, stream::BoxStream};
use kube::Client;
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{Cache, CacheMetrics, Change, Error, ObjectKey as Key, Owner, Store, owns, watch},
    controller::Clock,
    environments::release::{
        annotated_instance, ours, persist, refused, release_key, take_down, unavailable, unserved,
    },
    foreign::argocd::Application,
};

use super::{
    away::tell_what_stays,
    objects,
    readiness::{progressing, readiness},
};

/// Installs charts by Argo CD: an Application for each release.
///
/// It reads from its own watch, which [`watch`](Self::watch) starts; nothing may be asked of it before that is
/// [synced](Self::wait_synced).
pub struct ArgoCdEngine {
    home: String,
    pub(super) applications: Store<Application>,
    clock: Clock,
}

impl fmt::Debug for ArgoCdEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArgoCdEngine").field("home", &self.home).finish_non_exhaustive()
    }
}

impl ArgoCdEngine {
    /// An engine that writes through `client`, which a [fence](crate::cluster::fence) should guard. `home` is the
    /// namespace that the platform itself lives in: Applications of its instances keep their names. `clock` tells how
    /// long an Application has been degraded.
    #[must_use]
    pub fn new(client: &Client, home: impl Into<String>, clock: Clock, metrics: &CacheMetrics) -> Self {
        let cache = Cache::<Application>::builder().modify(Application::trim).metrics(metrics.clone()).build();
        Self { home: home.into(), applications: Store::new(client.clone(), cache), clock }
    }

    /// Starts to watch Applications in all namespaces. The watch ends with `cancel`.
    ///
    /// Where the cluster does not have the kind, it counts as empty until it is installed.
    pub fn watch(&self, client: &Client, cancel: &CancellationToken) {
        drop(watch::spawn(client.clone(), self.applications.cache().clone(), ours(), cancel.clone()));
    }

    /// Whether Applications have been listed.
    #[must_use]
    pub fn synced(&self) -> bool {
        self.applications.cache().synced()
    }

    /// Waits until Applications have been listed.
    pub async fn wait_synced(&self) {
        self.applications.cache().wait_synced().await;
    }

    /// Lists Applications again, and waits for it: nothing that was written before this call is missing then.
    pub async fn refresh(&self) {
        self.applications.cache().refresh().await;
    }
}

#[async_trait]
impl Engine for ArgoCdEngine {
    async fn apply(&self, release: &Release) -> Result<Readiness, EngineError> {
        let desired = objects::application(release, &self.home);
        let owner = Owner::new(&release.reference.instance.uid);
        match persist(&self.applications, &desired, &owner).await {
            Ok(written) => Ok(readiness(written.object(), self.clock.now())),
            Err(error @ Error::Terminating { .. }) => Ok(progressing("ApplicationTerminating", &error.to_string())),
            Err(error) => Err(refused(error, EngineError::Release)),
        }
    }

    async fn remove(&self, release: &ReleaseRef, force: Force) -> Result<Removal, EngineError> {
        let key = release_key(release, &self.home);
        let standing = |live: &Arc<Application>| {
            owns(&live.metadata, &release.instance.uid) && live.metadata.deletion_timestamp.is_none()
        };
        let going = self.applications.cache().get(&key).filter(standing);
        let left = take_down(&self.applications, &key, &release.instance.uid, force).await.map_err(unavailable)?;
        if let Some(going) = going {
            tell_what_stays(&going);
        }
        Ok(left.map_or(Removal::Gone, |left| Removal::Pending(waits_for(&key, &left))))
    }

    /// Applications of one template share nothing.
    async fn retain(&self, _: &ObjectKey, _: &BTreeSet<String>) -> Result<(), EngineError> {
        Ok(())
    }

    fn changes(&self) -> BoxStream<'static, ObjectKey> {
        let told = |change: Change<Application>| {
            let concerned = change.either().filter(|_| matters(&change)).and_then(|found| annotated_instance(&**found));
            stream::iter(concerned)
        };
        self.applications.cache().subscribe().flat_map(told).boxed()
    }

    fn unavailable(&self) -> Option<String> {
        unserved(self.applications.cache())
    }
}

/// Whether a change can matter to a release. Argo CD notes in the status when it looked last; that alone, which the
/// typed slice leaves out, must not wake hundreds of instances.
fn matters(change: &Change<Application>) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return true };
    let (before, after) = (&old.metadata, &new.metadata);
    old.spec != new.spec
        || old.status != new.status
        || (&before.uid, &before.labels, &before.annotations) != (&after.uid, &after.labels, &after.annotations)
        || (&before.finalizers, &before.deletion_timestamp) != (&after.finalizers, &after.deletion_timestamp)
}

fn waits_for(key: &Key, application: &Application) -> String {
    let waits = format!("waiting for Application {key} to be uninstalled");
    let mut conditions = application.status.iter().flat_map(|status| &status.conditions);
    match conditions.find(|found| found.type_ == "DeletionError") {
        Some(failed) => format!("{waits}: {}", failed.message),
        None => waits,
    }
}
