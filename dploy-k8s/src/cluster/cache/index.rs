//! Secondary indexes of a cache.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::cluster::ObjectKey;

/// Gives the values under which an object is found in one index.
pub(super) type IndexFn<K> = fn(&K) -> Vec<String>;
/// Gives the place of an object among those that a value finds.
pub(super) type RankFn<K> = fn(&K) -> String;

/// The keys that a value finds, by rank and then by key.
type Found = BTreeSet<(Box<str>, Arc<ObjectKey>)>;

pub(super) struct Indexes<K> {
    indexes: HashMap<&'static str, Index<K>>,
}

struct Index<K> {
    values_of: IndexFn<K>,
    rank_of: RankFn<K>,
    found: BTreeMap<String, Found>,
}

impl<K> Indexes<K> {
    pub(super) fn new(declared: Vec<(&'static str, IndexFn<K>, RankFn<K>)>) -> Self {
        let index = |(name, values_of, rank_of)| (name, Index { values_of, rank_of, found: BTreeMap::new() });
        Self { indexes: declared.into_iter().map(index).collect() }
    }

    pub(super) fn found(&self, index: &str, value: &str) -> impl Iterator<Item = &(Box<str>, Arc<ObjectKey>)> {
        self.indexes.get(index).and_then(|index| index.found.get(value)).into_iter().flatten()
    }

    /// The values that begin so, and how many objects each finds.
    pub(super) fn values(&self, index: &str, prefix: &str) -> impl Iterator<Item = (&str, usize)> {
        let all = self.indexes.get(index).map(|index| index.found.range(prefix.to_owned()..));
        let all = all.into_iter().flatten().map(|(value, found)| (value.as_str(), found.len()));
        all.take_while(move |(value, _)| value.starts_with(prefix))
    }

    pub(super) fn insert(&mut self, key: &Arc<ObjectKey>, object: &K) {
        for index in self.indexes.values_mut() {
            for value in (index.values_of)(object) {
                let rank = (index.rank_of)(object).into_boxed_str();
                index.found.entry(value).or_default().insert((rank, Arc::clone(key)));
            }
        }
    }

    /// Takes the object out; `object` is the one that was inserted, so that it gives the same values.
    pub(super) fn remove(&mut self, key: &Arc<ObjectKey>, object: &K) {
        for index in self.indexes.values_mut() {
            for value in (index.values_of)(object) {
                let rank = (index.rank_of)(object).into_boxed_str();
                if let Some(found) = index.found.get_mut(&value) {
                    found.remove(&(rank, Arc::clone(key)));
                    if found.is_empty() {
                        index.found.remove(&value);
                    }
                }
            }
        }
    }
}
