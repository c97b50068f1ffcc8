//! Secondary indexes of a cache.

use std::collections::{BTreeSet, HashMap};

use crate::cluster::ObjectKey;

/// Gives the values under which an object is found in one index.
pub(super) type IndexFn<K> = fn(&K) -> Vec<String>;

pub(super) struct Indexes<K> {
    indexes: HashMap<&'static str, Index<K>>,
}

struct Index<K> {
    values_of: IndexFn<K>,
    keys: HashMap<String, BTreeSet<ObjectKey>>,
}

impl<K> Indexes<K> {
    pub(super) fn new(declared: Vec<(&'static str, IndexFn<K>)>) -> Self {
        let indexes =
            declared.into_iter().map(|(name, values_of)| (name, Index { values_of, keys: HashMap::new() })).collect();
        Self { indexes }
    }

    pub(super) fn keys(&self, index: &str, value: &str) -> impl Iterator<Item = &ObjectKey> {
        self.indexes.get(index).and_then(|index| index.keys.get(value)).into_iter().flatten()
    }

    pub(super) fn insert(&mut self, key: &ObjectKey, object: &K) {
        for index in self.indexes.values_mut() {
            for value in (index.values_of)(object) {
                index.keys.entry(value).or_default().insert(key.clone());
            }
        }
    }

    /// Takes the object out; `object` is the one that was inserted, so that it gives the same values.
    pub(super) fn remove(&mut self, key: &ObjectKey, object: &K) {
        for index in self.indexes.values_mut() {
            for value in (index.values_of)(object) {
                if let Some(keys) = index.keys.get_mut(&value) {
                    keys.remove(key);
                    if keys.is_empty() {
                        index.keys.remove(&value);
                    }
                }
            }
        }
    }
}
