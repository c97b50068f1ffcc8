//! Maps changes of cached objects to the keys that should be looked at.
//!
//! A change that moves an object's generation (a spec was edited, an object appeared, is being deleted or went) ends
//! the back-off of the keys it maps to; any other change (status, labels) respects it, so that an object which fails
//! after writing its own status does not spin.

use std::time::Duration;

use futures::{Stream, StreamExt};
use kube::{Resource, ResourceExt};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Queue;
use crate::cluster::{Cache, Change, Object, ObjectKey};

/// Every change of an object puts that object into the queue, beginning with those that exist.
pub fn own<K: Object>(cache: &Cache<K>, queue: &Queue, cancel: &CancellationToken) -> JoinHandle<()> {
    mapped(cache, queue, cancel, |change| vec![change.key.clone()])
}

/// Every change of a `Child` puts the `Parent` that controls it into the queue: by its controller ownerReference,
/// in the child's namespace (or none, for a cluster-scoped child).
pub fn owned_by<Parent: Object, Child: Object>(
    cache: &Cache<Child>,
    queue: &Queue,
    cancel: &CancellationToken,
) -> JoinHandle<()> {
    mapped(cache, queue, cancel, |change| {
        let objects = [change.old.as_deref(), change.new.as_deref()];
        let mut parents: Vec<ObjectKey> =
            objects.into_iter().flatten().filter_map(controller::<Parent, Child>).collect();
        parents.dedup();
        parents
    })
}

/// Every change of an object puts the keys that `map` gives for it into the queue. For a change of an index or label,
/// `map` should look at the old and the new object.
pub fn mapped<K: Object>(
    cache: &Cache<K>,
    queue: &Queue,
    cancel: &CancellationToken,
    map: impl Fn(&Change<K>) -> Vec<ObjectKey> + Send + 'static,
) -> JoinHandle<()> {
    let queue = queue.clone();
    each(cache.subscribe(), cancel, move |change| {
        let release = change.generation_changed();
        for key in map(&change) {
            if release {
                queue.release(key);
            } else {
                queue.add(key);
            }
        }
    })
}

/// As [`mapped`], for keys that many changes lead to and that are dear to look at: each is looked at once for all changes
/// of so long a time. It ends no back-off.
pub fn gathered<K: Object>(
    cache: &Cache<K>,
    queue: &Queue,
    cancel: &CancellationToken,
    during: Duration,
    map: impl Fn(&Change<K>) -> Vec<ObjectKey> + Send + 'static,
) -> JoinHandle<()> {
    let queue = queue.clone();
    each(cache.subscribe(), cancel, move |change| {
        map(&change).into_iter().for_each(|key| queue.add_after(key, during));
    })
}

/// Every key that is told is put into the queue.
pub fn told(
    keys: impl Stream<Item = ObjectKey> + Send + 'static,
    queue: &Queue,
    cancel: &CancellationToken,
) -> JoinHandle<()> {
    let queue = queue.clone();
    each(keys, cancel, move |key| queue.add(key))
}

fn each<T: Send>(
    changes: impl Stream<Item = T> + Send + 'static,
    cancel: &CancellationToken,
    tell: impl Fn(T) + Send + 'static,
) -> JoinHandle<()> {
    let (mut changes, cancel) = (Box::pin(changes), cancel.clone());
    tokio::spawn(async move {
        while let Some(Some(change)) = cancel.run_until_cancelled(changes.next()).await {
            tell(change);
        }
    })
}

fn controller<Parent: Object, Child: Object>(child: &Child) -> Option<ObjectKey> {
    let owner = child.owner_references().iter().find(|owner| owner.controller == Some(true))?;
    let (group, _) = owner.api_version.split_once('/').unwrap_or(("", &owner.api_version));
    if owner.kind != Parent::kind(&()) || group != Parent::group(&()) {
        return None;
    }
    Some(ObjectKey { namespace: Resource::meta(child).namespace.clone(), name: owner.name.clone() })
}
