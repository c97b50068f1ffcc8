//! A watch-fed cache that is never behind the process's own writes.

mod builder;
mod index;
mod state;
#[cfg(test)]
mod tests;
mod waiters;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use kube::api::ObjectMeta;
use tokio::sync::{mpsc, watch};

pub use builder::CacheBuilder;
use state::State;
use waiters::Waiters;

use super::metrics::CacheMetrics;
use super::{Object, ObjectKey};

/// What is known of the objects of one kind: fed by a [watch](super::watch) and by the answers to our own writes.
///
/// A clone is a handle to the same cache.
///
/// # Guarantees
///
/// - **Never behind our own writes.** Once [`observe_written`](Self::observe_written) or
///   [`observe_deleted`](Self::observe_deleted) has returned, no read shows an older state of that object, whatever
///   stale events the watch still delivers. [`Store`](super::Store) calls both for every request it makes.
/// - **Converges to the API server.** Of two versions of an object the one with the newer resourceVersion wins
///   (comparable as integers since Kubernetes 1.35; where one does not parse, the watch wins). When the watch has told
///   everything up to the resourceVersion of an own write and did not show it, that write has been overtaken and its
///   object goes.
/// - **A deleted object stays deleted.** An own delete leaves a tombstone under the object's uid, until the watch has
///   shown the deletion, or a list begun after it.
/// - **A relist loses nothing and keeps nothing.** It replaces the content at once; objects written after the list's
///   resourceVersion stay, all others that it does not show go.
/// - **One malformed object stops nothing.** It is logged and counted; what was known of it before stays.
///
/// # Assumptions
///
/// One process-wide cache per kind and selector, so that all writers of the kind feed the same one. Reads are
/// consistent per object, not across objects or kinds.
pub struct Cache<K> {
    inner: Arc<Inner<K>>,
}

impl<K> Clone for Cache<K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

struct Inner<K> {
    shared: RwLock<Shared<K>>,
    synced: watch::Sender<Sync>,
    /// Number of the newest list that somebody asked for, and of the newest that was taken in.
    refresh: watch::Sender<Refresh>,
    waiters: Waiters,
    modify: fn(&mut K),
    kind: String,
    metrics: CacheMetrics,
}

struct Shared<K> {
    state: State<K>,
    subscribers: Vec<mpsc::UnboundedSender<Change<K>>>,
}

#[derive(Clone, Copy, Default)]
struct Sync {
    synced: bool,
    missing: bool,
}

#[derive(Clone, Copy, Default)]
struct Refresh {
    wanted: u64,
    done: u64,
}

/// One object's change, as the cache saw it.
#[derive(Debug)]
pub struct Change<K> {
    /// Which object.
    pub key: ObjectKey,
    /// What was known before; `None` if nothing.
    pub old: Option<Arc<K>>,
    /// What is known now; `None` if the object is gone.
    pub new: Option<Arc<K>>,
}

impl<K: Object> Change<K> {
    /// The newest known state of the object: the new one, or the last one before it went.
    pub fn either(&self) -> Option<&Arc<K>> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// Whether somebody changed what the object asks for: it appeared, it went, it was replaced by another of the same
    /// name, its `metadata.generation` moved (deletion moves it too). Status and labels do not count.
    pub fn generation_changed(&self) -> bool {
        fn of<K: Object>(object: &Option<Arc<K>>) -> Option<(Option<&str>, Option<i64>, bool)> {
            object.as_ref().map(|object| {
                let meta = object.meta();
                (meta.uid.as_deref(), meta.generation, meta.deletion_timestamp.is_some())
            })
        }
        of(&self.old) != of(&self.new)
    }
}

/// The whole of a consistent list.
pub(super) struct Listing<K> {
    pub(super) objects: Vec<Arc<K>>,
    pub(super) malformed: Vec<ObjectMeta>,
    pub(super) version: String,
}

impl<K: Object> Cache<K> {
    /// Starts building a cache; indexes and trimming are declared at construction.
    pub fn builder() -> CacheBuilder<K> {
        CacheBuilder::new()
    }

    /// The object of that name, if there is one.
    pub fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.read().state.get(key).cloned()
    }

    /// All objects, ordered by key.
    pub fn list(&self) -> Vec<Arc<K>> {
        self.read().state.iter().map(|(_, object)| object.clone()).collect()
    }

    /// The objects that the index `index` finds under `value`, ordered by key. The cost depends on the number of
    /// results only. An index that was not declared finds nothing.
    pub fn by_index(&self, index: &str, value: &str) -> Vec<Arc<K>> {
        self.read().state.by_index(index, value)
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.read().state.len()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a complete list has been received. An optional kind that the server does not serve counts as synced
    /// and empty; see [`served`](Self::served).
    pub fn synced(&self) -> bool {
        self.inner.synced.borrow().synced
    }

    /// Waits until the cache is [`synced`](Self::synced).
    pub async fn wait_synced(&self) {
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = self.inner.synced.subscribe().wait_for(|sync| sync.synced).await;
    }

    /// Lists again, and waits until a list that began after this call has been taken in: from then on the cache is not
    /// behind anything that any process wrote before the call. A new leader does this before it decides.
    ///
    /// Waits for ever where no [watch](super::watch) feeds the cache.
    pub async fn refresh(&self) {
        let mut wanted = 0;
        self.inner.refresh.send_modify(|refresh| {
            refresh.wanted += 1;
            wanted = refresh.wanted;
        });
        let _ = self.inner.refresh.subscribe().wait_for(|refresh| refresh.done >= wanted).await;
    }

    /// Whether the API server serves the kind, as far as is known: `false` only for an optional kind whose custom
    /// resource definition is not installed.
    pub fn served(&self) -> bool {
        !self.inner.synced.borrow().missing
    }

    /// All changes from now on, in order, after one change per object that is already there (with `old: None`).
    ///
    /// The channel is unbounded: a receiver maps changes to keys at once and keeps nothing.
    pub fn subscribe(&self) -> mpsc::UnboundedReceiver<Change<K>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut shared = self.write();
        for (key, object) in shared.state.iter() {
            // The receiver is still in our hands.
            let _ = sender.send(Change { key: key.clone(), old: None, new: Some(object.clone()) });
        }
        shared.subscribers.push(sender);
        receiver
    }

    /// Waits until `condition` gives a value for the object of that name (`None`: there is none). It is evaluated at
    /// once and after each change of that object; put the future under a timeout.
    pub async fn wait_for<R>(&self, key: &ObjectKey, mut condition: impl FnMut(Option<&K>) -> Option<R>) -> R {
        let waiter = self.inner.waiters.register(key);
        loop {
            let mut changed = std::pin::pin!(waiter.changed());
            changed.as_mut().enable();
            if let Some(result) = condition(self.get(key).as_deref()) {
                return result;
            }
            changed.await;
        }
    }

    /// Takes in an object that the API server returned to us, and gives it back trimmed as the cache keeps it.
    pub fn observe_written(&self, mut object: K) -> Arc<K> {
        self.trim(&mut object);
        let object = Arc::new(object);
        self.update(|state, changes| state.written(object.clone(), changes));
        object
    }

    /// Takes in that a request of ours removed the object with this uid for good (not: marked it for deletion).
    pub fn observe_deleted(&self, key: &ObjectKey, uid: &str) {
        self.update(|state, changes| state.deleted(key, uid, changes));
    }

    /// Drops what the cache does not keep: managedFields, and what the builder was told to drop.
    pub(super) fn trim(&self, object: &mut K) {
        object.meta_mut().managed_fields = None;
        (self.inner.modify)(object);
    }

    pub(super) fn kind(&self) -> &str {
        &self.inner.kind
    }

    pub(super) fn metrics(&self) -> &CacheMetrics {
        &self.inner.metrics
    }

    pub(super) fn refresh_wanted(&self) -> u64 {
        self.inner.refresh.borrow().wanted
    }

    /// Waits until somebody wants a newer list than the one with this number.
    pub(super) async fn wait_refresh_wanted(&self, than: u64) {
        let _ = self.inner.refresh.subscribe().wait_for(|refresh| refresh.wanted > than).await;
    }

    pub(super) fn refreshed(&self, number: u64) {
        self.inner.refresh.send_modify(|refresh| refresh.done = refresh.done.max(number));
    }

    pub(super) fn list_started(&self) -> u64 {
        self.read().state.list_started()
    }

    pub(super) fn listed(&self, listing: Listing<K>, mark: u64) {
        self.update(|state, changes| state.listed(listing, mark, changes));
        self.inner.synced.send_replace(Sync { synced: true, missing: false });
    }

    /// The server does not know the kind.
    pub(super) fn not_served(&self) {
        self.update(|state, changes| state.clear(changes));
        self.inner.synced.send_replace(Sync { synced: true, missing: true });
    }

    pub(super) fn watched(&self, mut object: K) {
        self.trim(&mut object);
        self.update(|state, changes| state.watched(Arc::new(object), changes));
    }

    pub(super) fn watched_malformed(&self, meta: &ObjectMeta) {
        self.update(|state, changes| state.malformed(meta, changes));
    }

    pub(super) fn watched_delete(&self, meta: &ObjectMeta) {
        self.update(|state, changes| state.watched_delete(meta, changes));
    }

    pub(super) fn bookmark(&self, version: &str) {
        self.update(|state, changes| state.bookmark(version, changes));
    }

    fn update(&self, change: impl FnOnce(&mut State<K>, &mut Vec<Change<K>>)) {
        let mut changes = Vec::new();
        let mut shared = self.write();
        change(&mut shared.state, &mut changes);
        if changes.is_empty() {
            return;
        }
        self.inner.metrics.set_objects(&self.inner.kind, shared.state.len());
        // Sent under the lock, so that subscribers see changes in the order in which they happened.
        shared.subscribers.retain(|subscriber| !subscriber.is_closed());
        for change in &changes {
            for subscriber in &shared.subscribers {
                let Change { key, old, new } = change;
                let _ = subscriber.send(Change { key: key.clone(), old: old.clone(), new: new.clone() });
            }
        }
        drop(shared);
        for change in &changes {
            self.inner.waiters.wake(&change.key);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Shared<K>> {
        self.inner.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shared<K>> {
        self.inner.shared.write().unwrap_or_else(PoisonError::into_inner)
    }
}
