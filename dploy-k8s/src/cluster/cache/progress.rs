//! Which lists a cache has taken in.

use std::sync::Arc;

use kube::api::ObjectMeta;

/// Which lists were asked for and taken in. They are numbered: one that is begun now has the number `wanted`.
#[derive(Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) wanted: u64,
    pub(super) done: Option<u64>,
    /// The list that makes the cache count as synced.
    pub(super) needed: u64,
    pub(super) missing: bool,
}

impl Progress {
    pub(super) fn has(&self, number: u64) -> bool {
        self.done.is_some_and(|done| done >= number)
    }
}

/// What a list has to be told of the time at which it began.
#[derive(Clone, Copy)]
pub(in crate::cluster) struct Begun {
    pub(super) number: u64,
    pub(super) deletes: u64,
}

/// An object that does not read as its kind.
pub(in crate::cluster) struct Malformed {
    pub(in crate::cluster) meta: ObjectMeta,
    /// Why it does not.
    pub(in crate::cluster) error: String,
}

/// The whole of a consistent list.
pub(in crate::cluster) struct Listing<K> {
    pub(in crate::cluster) objects: Vec<Arc<K>>,
    pub(in crate::cluster) malformed: Vec<Malformed>,
    pub(in crate::cluster) version: String,
}
