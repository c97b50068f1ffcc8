//! Objects that do not read as their kind.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use futures::channel::mpsc;
use kube::api::ObjectMeta;

use super::state::key_of;
use super::{Cache, Malformed};
use crate::cluster::{Object, ObjectKey};

/// Which objects do not read as their kind: their uids, and why they do not.
#[derive(Default)]
pub(super) struct Unreadable {
    found: BTreeMap<ObjectKey, (String, String)>,
    subscribers: Vec<mpsc::UnboundedSender<ObjectKey>>,
}

impl Unreadable {
    fn insert(&mut self, Malformed { meta, error }: &Malformed) {
        let key = key_of(meta);
        self.subscribers.retain(|subscriber| subscriber.unbounded_send(key.clone()).is_ok());
        self.found.insert(key, (meta.uid.clone().unwrap_or_default(), error.clone()));
    }
}

impl<K: Object> Cache<K> {
    /// Why the object of that name does not read as its kind; `None` where it does or is not there.
    pub fn unreadable(&self, key: &ObjectKey) -> Option<String> {
        self.with_unreadable(|known| known.found.get(key).map(|(_, error)| error.clone()))
    }

    /// The uids of the objects that do not read as their kind: they exist all the same.
    pub fn unreadable_uids(&self) -> Vec<String> {
        self.with_unreadable(|known| known.found.values().map(|(uid, _)| uid.clone()).collect())
    }

    /// The objects that do not read as their kind: those that are there, then each that is listed or changed.
    pub fn subscribe_unreadable(&self) -> mpsc::UnboundedReceiver<ObjectKey> {
        let (sender, receiver) = mpsc::unbounded();
        self.with_unreadable(|known| {
            // The receiver is still in our hands.
            known.found.keys().for_each(|key| drop(sender.unbounded_send(key.clone())));
            known.subscribers.push(sender);
        });
        receiver
    }

    pub(super) fn found_unreadable(&self, malformed: &Malformed) {
        self.with_unreadable(|known| known.insert(malformed));
    }

    pub(super) fn listed_unreadable(&self, all: &[Malformed]) {
        self.with_unreadable(|known| {
            known.found.clear();
            all.iter().for_each(|malformed| known.insert(malformed));
        });
    }

    /// The object can be read, or is gone.
    pub(super) fn forget_unreadable(&self, meta: &ObjectMeta) {
        self.with_unreadable(|known| {
            if !known.found.is_empty() {
                known.found.remove(&key_of(meta));
            }
        });
    }

    fn with_unreadable<T>(&self, work: impl FnOnce(&mut Unreadable) -> T) -> T {
        work(&mut self.inner.unreadable.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
