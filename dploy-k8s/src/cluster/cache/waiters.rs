//! Who waits for a change of which object.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::cluster::ObjectKey;

type Waiting = HashMap<ObjectKey, Arc<Notify>>;

#[derive(Clone, Default)]
pub(super) struct Waiters {
    waiting: Arc<Mutex<Waiting>>,
}

impl Waiters {
    pub(super) fn register(&self, key: &ObjectKey) -> Waiter {
        let notify = lock(&self.waiting).entry(key.clone()).or_default().clone();
        Waiter { key: key.clone(), notify, waiters: self.clone() }
    }

    pub(super) fn wake(&self, key: &ObjectKey) {
        if let Some(notify) = lock(&self.waiting).get(key) {
            notify.notify_waiters();
        }
    }
}

pub(super) struct Waiter {
    key: ObjectKey,
    notify: Arc<Notify>,
    waiters: Waiters,
}

impl Waiter {
    pub(super) fn changed(&self) -> Notified<'_> {
        self.notify.notified()
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut waiting = lock(&self.waiters.waiting);
        // Ours and the map's: nobody else waits. Registering takes the same lock, so the count cannot grow here.
        if Arc::strong_count(&self.notify) == 2 {
            waiting.remove(&self.key);
        }
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
