//! Construction of a cache.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, RwLock};

use tokio::sync::watch;

use super::Cache;
use super::handle::{Inner, Shared};
use super::index::{IndexFn, Indexes, RankFn};
use super::packed::Packer;
use super::progress::Progress;
use super::state::State;
use super::waiters::Waiters;
use crate::cluster::Object;
use crate::cluster::metrics::CacheMetrics;

/// Builds a [`Cache`].
pub struct CacheBuilder<K> {
    indexes: Vec<(&'static str, IndexFn<K>, RankFn<K>)>,
    modify: fn(&mut K),
    metrics: CacheMetrics,
    few: bool,
    kind: PhantomData<K>,
}

impl<K: Object> CacheBuilder<K> {
    pub(super) fn new() -> Self {
        Self { indexes: Vec::new(), modify: |_| {}, metrics: CacheMetrics::default(), few: false, kind: PhantomData }
    }

    /// Declares a secondary index: `values_of` gives the values under which [`Cache::by_index`] finds an object. It
    /// must be a pure function of the object.
    #[must_use]
    pub fn index(self, name: &'static str, values_of: fn(&K) -> Vec<String>) -> Self {
        self.ranked_index(name, values_of, |_| String::new())
    }

    /// An [`index`](Self::index) that gives what it finds in the order of `rank_of`, which must be a pure function too.
    #[must_use]
    pub fn ranked_index(
        mut self,
        name: &'static str,
        values_of: fn(&K) -> Vec<String>,
        rank_of: fn(&K) -> String,
    ) -> Self {
        self.indexes.push((name, values_of, rank_of));
        self
    }

    /// Trims every object before it is kept, to save memory. managedFields are always dropped.
    ///
    /// Of a kind that we replace as a whole nothing else may be dropped: the replacement would drop it on the server.
    #[must_use]
    pub fn modify(mut self, modify: fn(&mut K)) -> Self {
        self.modify = modify;
        self
    }

    /// Says that there are few objects of the kind, and that they are read all the time: they are not packed.
    #[must_use]
    pub fn few(mut self) -> Self {
        self.few = true;
        self
    }

    /// Counts into these metrics; without this call they go nowhere.
    #[must_use]
    pub fn metrics(mut self, metrics: CacheMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// The empty cache, not yet fed by a watch.
    pub fn build(self) -> Cache<K> {
        let state = State::new(Indexes::new(self.indexes), Packer::new(self.few));
        Cache {
            inner: Arc::new(Inner {
                shared: RwLock::new(Shared { state, subscribers: Vec::new() }),
                progress: watch::Sender::new(Progress::default()),
                waiters: Waiters::default(),
                unreadable: Mutex::default(),
                modify: self.modify,
                kind: K::kind(&()).into_owned(),
                metrics: self.metrics,
            }),
        }
    }
}
