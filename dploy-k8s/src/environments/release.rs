//! What engines have in common: where a release's object is, how it is written and taken down, and how refusals are told.

use std::{collections::BTreeMap, sync::Arc};

use dploy_core::environments::{
    ObjectKey, naming,
    ports::{EngineError, Force, ReleaseRef},
};
use kube::ResourceExt;

use crate::cluster::{Cache, Error, Object, ObjectKey as Key, Owner, Store, WatchOptions, Written, labels, owns};

/// How often a write is tried when somebody else was faster.
const ATTEMPTS: usize = 5;

/// Where the object of a release is. `home` is the namespace that the platform itself lives in.
pub(super) fn release_key(reference: &ReleaseRef, home: &str) -> Key {
    let instance = &reference.instance.name;
    let name = if reference.engine_namespace == reference.namespace {
        instance.clone()
    } else {
        naming::engine_object_name(instance, &reference.namespace, home)
    };
    Key::namespaced(&reference.engine_namespace, name)
}

/// The annotation by which an object tells the instance that it belongs to.
pub(super) fn instance_annotation(reference: &ReleaseRef) -> BTreeMap<String, String> {
    let key = ObjectKey::new(&reference.namespace, &reference.instance.name);
    BTreeMap::from([(labels::INSTANCE_KEY.to_owned(), key.to_string())])
}

/// The instance that an object belongs to, by its annotation.
pub(super) fn annotated_instance<K: Object>(object: &K) -> Option<ObjectKey> {
    ObjectKey::parse(object.annotations().get(labels::INSTANCE_KEY)?)
}

/// The URL of the folder in a registry and the name of the chart in it.
pub(super) fn registry(url: &str, chart: &str) -> (String, String) {
    let url = url.trim_end_matches('/');
    if !chart.is_empty() {
        return (url.to_owned(), chart.to_owned());
    }
    let (folder, chart) = url.rsplit_once('/').unwrap_or((url, ""));
    (folder.to_owned(), chart.to_owned())
}

/// What is watched: our objects, of kinds that the cluster may lack.
pub(super) fn ours() -> WatchOptions {
    WatchOptions::all().labels(format!("{}=true", labels::MANAGED)).optional()
}

/// Says that the cluster does not serve the kind of `cache`.
pub(super) fn unserved<K: Object>(cache: &Cache<K>) -> Option<String> {
    let kind = || format!("the cluster does not serve {} of {}", K::kind(&()), K::api_version(&()));
    (!cache.served()).then(kind)
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

/// Deletes the object `key` if it belongs to `uid`, and with force gives it up. Gives what is left of it; an object that
/// belongs to something else is none of ours.
pub(super) async fn take_down<K: Object>(
    store: &Store<K>,
    key: &Key,
    uid: &str,
    force: Force,
) -> Result<Option<Arc<K>>, Error> {
    // Its namespace goes next, so a cache that lags behind a former leader must not be believed.
    let live = match store.cache().get(key) {
        Some(live) => Some(live),
        None => find_live(store, key).await?,
    };
    let Some(live) = live.filter(|live| owns(live.meta(), uid)) else { return Ok(None) };
    if live.meta().deletion_timestamp.is_none() {
        delete(store, key, uid, Arc::clone(&live)).await?;
    }
    if let (Force::Yes, Some(left)) = (force, marked(store, key, &live)) {
        store.give_up(&left).await?;
    }
    Ok(store.cache().get(key).filter(|left| left.meta().uid == live.meta().uid))
}

/// Deletes the version that was seen to be ours, a newer one only after another look.
async fn delete<K: Object>(store: &Store<K>, key: &Key, uid: &str, mut live: Arc<K>) -> Result<(), Error> {
    for attempt in 1.. {
        match store.delete(&live).await {
            // Its controller has written its status.
            Err(Error::Conflict { .. }) if attempt < ATTEMPTS => match find_live(store, key).await? {
                Some(newer) if owns(newer.meta(), uid) && newer.meta().deletion_timestamp.is_none() => live = newer,
                _ => break,
            },
            outcome => return outcome,
        }
    }
    Ok(())
}

/// The same object as it is being deleted.
fn marked<K: Object>(store: &Store<K>, key: &Key, live: &K) -> Option<Arc<K>> {
    let left = store.cache().get(key)?;
    (left.meta().uid == live.meta().uid && left.meta().deletion_timestamp.is_some()).then_some(left)
}

async fn find_live<K: Object>(store: &Store<K>, key: &Key) -> Result<Option<Arc<K>>, Error> {
    match store.get_live(key).await {
        Err(error) if is_missing(&error) => Ok(None),
        found => found,
    }
}

/// What the server refuses is the object's fault and said of the instance; all else is tried again.
pub(super) fn refused(error: Error, of: fn(Box<dyn std::error::Error + Send + Sync>) -> EngineError) -> EngineError {
    match error {
        Error::NameTaken { subject } => EngineError::NameTaken(subject),
        Error::Invalid { .. } => of(error.into()),
        error if is_missing(&error) || status(&error) == Some(403) => of(error.into()),
        error => unavailable(error),
    }
}

/// What could not be read or written now.
pub(super) fn unavailable(error: Error) -> EngineError {
    EngineError::Unavailable(error.into())
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
