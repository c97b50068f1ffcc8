//! Feeds a [`Cache`] from the API server: list, then watch, for ever.
//!
//! # Flow
//!
//! 1. A paged, consistent list (no resourceVersion, so never older than any write that was acknowledged before it
//!    began) replaces the cache's content.
//! 2. A watch from the list's resourceVersion reports every later change in order; bookmarks tell how far it has come.
//! 3. A watch that ends or breaks is taken up again from the last resourceVersion; when the server has forgotten that
//!    version (410 Gone), the list is made again.
//!
//! kube's `watcher` does the same but keeps the list's resourceVersion and the bookmarks to itself; the cache needs
//! both to know which of our own writes the watch has overtaken.

use std::{pin::pin, time::Duration};

use futures::{FutureExt, StreamExt, TryStreamExt};
use kube::api::{Api, ListParams, WatchEvent, WatchParams};
use kube::core::DeserializeGuard;
use kube::{Client, Resource};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::cache::{Begun, Listing, Malformed};
use super::{ApiScope, Cache, Object};

mod retry;

use retry::{Failure, Retries};

/// How long one page of a list or the start of a watch may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the server keeps a watch open, in seconds.
const WATCH_SECONDS: u32 = 290;
/// A server that ends every watch at once is asked no more often than this.
const SHORTEST_WATCH: Duration = Duration::from_secs(1);
/// Silence after which a watch counts as dead: the server's own limit and a margin.
const IDLE_TIMEOUT: Duration = Duration::from_secs(WATCH_SECONDS as u64 + 5);

/// What a watch covers.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    namespace: Option<String>,
    labels: Option<String>,
    page_size: u32,
    optional: bool,
}

impl WatchOptions {
    /// The objects of all namespaces, or of a cluster-scoped kind.
    pub fn all() -> Self {
        Self { namespace: None, labels: None, page_size: 500, optional: false }
    }

    /// The objects of one namespace.
    pub fn namespaced(namespace: impl Into<String>) -> Self {
        Self { namespace: Some(namespace.into()), ..Self::all() }
    }

    /// Only objects that match the label selector, for example `dploy.dev/managed=true`.
    #[must_use]
    pub fn labels(mut self, selector: impl Into<String>) -> Self {
        self.labels = Some(selector.into());
        self
    }

    /// Objects per page of the first list (500).
    #[must_use]
    pub fn page_size(mut self, objects: u32) -> Self {
        self.page_size = objects;
        self
    }

    /// The kind's custom resource definition may be missing: the cache then counts as synced, empty and not
    /// [served](Cache::served), and fills when the definition is installed. Looked for every 15 s, without log noise.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// Starts feeding `cache` until `cancel` is cancelled; it counts as synced again after the first list. Never ends otherwise: every failure is retried with backoff,
/// logged when it is new and counted.
pub fn spawn<K: Object>(
    client: Client,
    cache: Cache<K>,
    options: WatchOptions,
    cancel: CancellationToken,
) -> JoinHandle<()> {
    let api = K::Scope::api(client, options.namespace.as_deref());
    cache.watch_begins();
    let feed = Feed { api, cache, options };
    tokio::spawn(async move {
        cancel.run_until_cancelled(feed.run()).await;
    })
}

struct Feed<K: Object> {
    api: Api<DeserializeGuard<K>>,
    cache: Cache<K>,
    options: WatchOptions,
}

impl<K: Object> Feed<K> {
    async fn run(self) {
        let mut retries = Retries::new(self.cache.kind().to_owned(), self.options.optional);
        loop {
            let begun = self.cache.list_begins();
            match self.list(begun).await {
                Ok(version) => {
                    retries.succeeded();
                    tokio::select! {
                        () = self.follow(version, &mut retries) => {}
                        () = self.cache.wait_list_wanted(begun) => {}
                    }
                }
                Err(failure) => {
                    if failure.is_missing() && self.options.optional {
                        self.cache.not_served(begun);
                    }
                    let pause = self.failed(&failure, &mut retries);
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.cache.wait_list_wanted(begun) => {}
                    }
                }
            }
        }
    }

    /// Watches from `version` on, again and again, until a new list is needed.
    async fn follow(&self, mut version: String, retries: &mut Retries) {
        loop {
            let started = Instant::now();
            match self.watch(&mut version, retries).await {
                Ok(()) => {
                    retries.succeeded();
                    tokio::time::sleep_until(started + SHORTEST_WATCH).await;
                }
                Err(failure) => {
                    tokio::time::sleep(self.failed(&failure, retries)).await;
                    if failure.wants_relist() {
                        return;
                    }
                }
            }
        }
    }

    /// Counts a failure, and says how long to wait now.
    fn failed(&self, failure: &Failure, retries: &mut Retries) -> Duration {
        if !(failure.is_missing() && self.options.optional) {
            self.cache.metrics().count_failure(self.cache.kind());
        }
        retries.failed(failure)
    }

    /// Replaces the cache's content by a consistent list and gives the list's resourceVersion.
    async fn list(&self, begun: Begun) -> Result<String, Failure> {
        let mut params = ListParams { label_selector: self.options.labels.clone(), ..ListParams::default() }
            .limit(self.options.page_size);
        let mut listing = Listing { objects: Vec::new(), malformed: Vec::new(), version: String::new() };
        loop {
            let page = timeout(CALL_TIMEOUT, self.api.list(&params)).await??;
            for DeserializeGuard(item) in page.items {
                match item {
                    Ok(mut object) => {
                        self.cache.trim(&mut object);
                        listing.objects.push(object.into());
                    }
                    Err(invalid) => {
                        self.report(&invalid.metadata, &invalid.error);
                        listing.malformed.push(Malformed { meta: invalid.metadata, error: invalid.error });
                    }
                }
            }
            listing.version = page.metadata.resource_version.unwrap_or_default();
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => break,
            }
        }
        let version = listing.version.clone();
        self.cache.listed(listing, begun);
        Ok(version)
    }

    /// Follows changes from `version` on, keeping it up to date, until the server ends the watch.
    async fn watch(&self, version: &mut String, retries: &mut Retries) -> Result<(), Failure> {
        let params = WatchParams {
            label_selector: self.options.labels.clone(),
            timeout: Some(WATCH_SECONDS),
            ..WatchParams::default()
        };
        let mut events = timeout(CALL_TIMEOUT, self.api.watch(&params, version)).await??.boxed();
        // One that lasts ends the row of failures, however it breaks later.
        let mut lasts = pin!(tokio::time::sleep(SHORTEST_WATCH).fuse());
        loop {
            let event = tokio::select! {
                () = &mut lasts => {
                    retries.succeeded();
                    continue;
                }
                event = timeout(IDLE_TIMEOUT, events.try_next()) => event??,
            };
            let Some(event) = event else { return Ok(()) };
            match event {
                WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                    *version = object.meta().resource_version.clone().ok_or(Failure::NoVersion)?;
                    self.changed(object);
                }
                WatchEvent::Deleted(object) => {
                    *version = object.meta().resource_version.clone().ok_or(Failure::NoVersion)?;
                    self.cache.watched_delete(object.meta());
                }
                WatchEvent::Bookmark(bookmark) => {
                    self.cache.bookmark(&bookmark.metadata.resource_version);
                    *version = bookmark.metadata.resource_version;
                }
                WatchEvent::Error(status) => return Err(Failure::Api(kube::Error::Api(status))),
            }
        }
    }

    fn changed(&self, DeserializeGuard(object): DeserializeGuard<K>) {
        match object {
            Ok(object) => self.cache.watched(object),
            Err(invalid) => {
                self.report(&invalid.metadata, &invalid.error);
                self.cache.watched_malformed(&Malformed { meta: invalid.metadata, error: invalid.error });
            }
        }
    }

    fn report(&self, meta: &kube::api::ObjectMeta, error: &str) {
        self.cache.metrics().count_malformed(self.cache.kind());
        tracing::warn!(
            object.kind = self.cache.kind(),
            object.namespace = meta.namespace.as_deref(),
            object.name = meta.name.as_deref(),
            error,
            "skipping an object that does not parse as its kind"
        );
    }
}

#[cfg(test)]
mod tests;
