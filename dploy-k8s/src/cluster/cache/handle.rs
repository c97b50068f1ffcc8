//! The handle that everybody holds.

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures::channel::mpsc;
use kube::api::ObjectMeta;
use tokio::sync::watch;

use super::progress::{Begun, Listing, Progress};
use super::state::State;
use super::unreadable::Unreadable;
use super::waiters::Waiters;
use super::{CacheBuilder, Change, Malformed};
use crate::cluster::metrics::CacheMetrics;
use crate::cluster::{Object, ObjectKey};

/// What is known of the objects of one kind: fed by a [watch](crate::cluster::watch) and by the answers to our own writes.
///
/// A clone is a handle to the same cache.
///
/// # Guarantees
///
/// - **Never behind our own writes.** Once [`observe_written`](Self::observe_written) or
///   [`observe_deleted`](Self::observe_deleted) has returned, no read shows an older state of that object, whatever
///   stale events the watch still delivers. [`Store`](crate::cluster::Store) calls both for every request it makes.
/// - **Converges to the API server.** Of two versions of an object the one with the newer resourceVersion wins
///   (comparable as integers since Kubernetes 1.35; where one does not parse, the watch wins). When the watch has told
///   everything up to the resourceVersion of an own write and did not show it, that write has been overtaken and its
///   object goes.
/// - **A deleted object stays deleted.** An own delete leaves a tombstone under the object's uid, until the watch has
///   shown the deletion, or a list begun after it.
/// - **A relist loses nothing and keeps nothing.** It replaces the content at once; objects written after the list's
///   resourceVersion stay, all others that it does not show go.
/// - **One malformed object stops nothing.** It is logged and counted; what was known of it before stays, and
///   [`unreadable`](Self::unreadable) says what is wrong with it.
///
/// # Assumptions
///
/// One process-wide cache per kind and selector, so that all writers of the kind feed the same one. Reads are
/// consistent per object, not across objects or kinds. Objects are kept packed, unless there are
/// [few](CacheBuilder::few): a read makes one anew, which takes some microseconds, and what is found by the thousand is
/// better asked for without the objects.
pub struct Cache<K> {
    pub(super) inner: Arc<Inner<K>>,
}

impl<K> Clone for Cache<K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An object that an index finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where it is.
    pub key: ObjectKey,
    /// Which one it is.
    pub uid: String,
    /// What places it among those that are found with it.
    pub rank: String,
}

pub(super) struct Inner<K> {
    pub(super) shared: RwLock<Shared<K>>,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) waiters: Waiters,
    pub(super) unreadable: Mutex<Unreadable>,
    pub(super) modify: fn(&mut K),
    pub(super) kind: String,
    pub(super) metrics: CacheMetrics,
}

pub(super) struct Shared<K> {
    pub(super) state: State<K>,
    pub(super) subscribers: Vec<mpsc::UnboundedSender<Change<K>>>,
}

impl<K: Object> Cache<K> {
    /// Starts building a cache; indexes and trimming are declared at construction.
    pub fn builder() -> CacheBuilder<K> {
        CacheBuilder::new()
    }

    /// The object of that name, if there is one.
    pub fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.read().state.get(key)
    }

    /// Looks at all objects, ordered by key, one at a time.
    pub fn scan(&self) -> impl Iterator<Item = Arc<K>> {
        self.keys().into_iter().filter_map(|key| self.get(&key))
    }

    /// The keys of all objects, in order.
    pub fn keys(&self) -> Vec<ObjectKey> {
        self.read().state.keys().cloned().collect()
    }

    /// The uids of all objects, ordered by key.
    pub fn uids(&self) -> Vec<String> {
        self.read().state.uids().map(str::to_owned).collect()
    }

    /// The objects that the index `index` finds under `value`, ordered by rank and key. The cost depends on the number of
    /// results only. An index that was not declared finds nothing.
    pub fn by_index(&self, index: &str, value: &str) -> Vec<Arc<K>> {
        let shared = self.read();
        shared.state.found(index, value).filter_map(|(_, key, _)| shared.state.get(key)).collect()
    }

    /// As [`by_index`](Self::by_index), without the objects: much cheaper where there are many.
    pub fn find(&self, index: &str, value: &str) -> Vec<Found> {
        let shared = self.read();
        let found = shared.state.found(index, value);
        found.map(|(rank, key, uid)| Found { key: key.clone(), uid: uid.to_owned(), rank: rank.to_owned() }).collect()
    }

    /// How many objects the index `index` finds under each value that begins with `prefix`.
    pub fn count(&self, index: &str, prefix: &str) -> Vec<(String, usize)> {
        self.read().state.values(index, prefix).map(|(value, count)| (value.to_owned(), count)).collect()
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.read().state.len()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a complete list has been received since the [watch](crate::cluster::watch) began. An optional kind that the
    /// server does not serve counts as synced and empty; see [`served`](Self::served).
    pub fn synced(&self) -> bool {
        let progress = *self.inner.progress.borrow();
        progress.has(progress.needed)
    }

    /// Waits until the cache is [`synced`](Self::synced).
    pub async fn wait_synced(&self) {
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = self.inner.progress.subscribe().wait_for(|progress| progress.has(progress.needed)).await;
    }

    /// Lists again, and waits until a list that began after this call has been taken in: from then on the cache is not
    /// behind anything that any process wrote before the call. A new leader does this before it decides.
    ///
    /// Waits for ever where no [watch](crate::cluster::watch) feeds the cache.
    pub async fn refresh(&self) {
        let number = self.want_list(false);
        let _ = self.inner.progress.subscribe().wait_for(|progress| progress.has(number)).await;
    }

    /// Whether the API server serves the kind, as far as is known: `false` only for an optional kind whose custom
    /// resource definition is not installed.
    pub fn served(&self) -> bool {
        !self.inner.progress.borrow().missing
    }

    /// All changes from now on, in order, after one change per object that is already there (with `old: None`).
    ///
    /// The channel is unbounded: a receiver maps changes to keys at once and keeps nothing.
    pub fn subscribe(&self) -> mpsc::UnboundedReceiver<Change<K>> {
        let (sender, receiver) = mpsc::unbounded();
        let mut shared = self.write();
        for key in shared.state.keys() {
            // The receiver is still in our hands.
            let _ = sender.unbounded_send(Change { key: key.clone(), old: None, new: shared.state.get(key) });
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
    pub(in crate::cluster) fn trim(&self, object: &mut K) {
        object.meta_mut().managed_fields = None;
        (self.inner.modify)(object);
    }

    pub(in crate::cluster) fn kind(&self) -> &str {
        &self.inner.kind
    }

    pub(in crate::cluster) fn metrics(&self) -> &CacheMetrics {
        &self.inner.metrics
    }

    /// A watch begins: what was listed before does not make the cache synced any more.
    pub(in crate::cluster) fn watch_begins(&self) {
        self.want_list(true);
    }

    fn want_list(&self, needed: bool) -> u64 {
        let mut number = 0;
        self.inner.progress.send_modify(|progress| {
            progress.wanted += 1;
            number = progress.wanted;
            if needed {
                progress.needed = number;
            }
        });
        number
    }

    /// Waits until somebody wants a newer list than this one.
    pub(in crate::cluster) async fn wait_list_wanted(&self, than: Begun) {
        let _ = self.inner.progress.subscribe().wait_for(|progress| progress.wanted > than.number).await;
    }

    pub(in crate::cluster) fn list_begins(&self) -> Begun {
        let number = self.inner.progress.borrow().wanted;
        Begun { number, deletes: self.read().state.list_started() }
    }

    pub(in crate::cluster) fn listed(&self, listing: Listing<K>, begun: Begun) {
        self.listed_unreadable(&listing.malformed);
        self.update(|state, changes| state.listed(listing, begun.deletes, changes));
        self.list_done(begun, false);
    }

    /// The server does not know the kind.
    pub(in crate::cluster) fn not_served(&self, begun: Begun) {
        self.update(|state, changes| state.clear(changes));
        self.list_done(begun, true);
    }

    fn list_done(&self, begun: Begun, missing: bool) {
        self.inner.progress.send_modify(|progress| {
            progress.done = progress.done.max(Some(begun.number));
            progress.missing = missing;
        });
    }

    pub(in crate::cluster) fn watched(&self, mut object: K) {
        self.trim(&mut object);
        self.forget_unreadable(object.meta());
        self.update(|state, changes| state.watched(Arc::new(object), changes));
    }

    pub(in crate::cluster) fn watched_malformed(&self, malformed: &Malformed) {
        self.found_unreadable(malformed);
        self.update(|state, changes| state.malformed(&malformed.meta, changes));
    }

    pub(in crate::cluster) fn watched_delete(&self, meta: &ObjectMeta) {
        self.forget_unreadable(meta);
        self.update(|state, changes| state.watched_delete(meta, changes));
    }

    pub(in crate::cluster) fn bookmark(&self, version: &str) {
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
                let _ = subscriber.unbounded_send(Change { key: key.clone(), old: old.clone(), new: new.clone() });
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
