//! The entries of a map, sorted by key.

use std::collections::BTreeMap;

use super::bytes::Bytes;
use super::mark::Marks;
use super::{Text, Value};

/// Up to this many entries lie next to one another, which is small and fast;
/// more are kept in a tree, where adding one stays cheap.
const FEW: usize = 24;

/// As many are looked at one after another faster than by halving.
const SCANNED: usize = 8;

/// A value, and the marks of its key.
#[derive(Debug)]
pub(super) struct Slot {
    key_marks: Marks,
    pub(super) value: Value,
}

/// Keys with their slots.
#[derive(Debug)]
pub(super) enum Entries {
    Few(Vec<(Bytes, Slot)>),
    Many(BTreeMap<Bytes, Slot>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Entries {
    fn place(few: &[(Bytes, Slot)], key: &[u8]) -> Result<usize, usize> {
        few.binary_search_by(|(known, _)| known.as_slice().cmp(key))
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&Value> {
        let slot = match self {
            Self::Few(few) if few.len() <= SCANNED => &few.iter().find(|(known, _)| known.as_slice() == key)?.1,
            Self::Few(few) => &few.get(Self::place(few, key).ok()?)?.1,
            Self::Many(many) => many.get(key)?,
        };
        Some(&slot.value)
    }

    /// Puts an entry in and gives the one it replaces.
    pub(super) fn insert(&mut self, key: Text, value: Value) -> Option<Slot> {
        let (bytes, key_marks) = key.into_parts();
        let slot = Slot { key_marks, value };
        match self {
            Self::Few(few) => match Self::place(few, bytes.as_slice()) {
                Ok(at) => few.get_mut(at).map(|(_, known)| std::mem::replace(known, slot)),
                Err(at) => {
                    few.insert(at, (bytes, slot));
                    if few.len() > FEW {
                        *self = Self::Many(std::mem::take(few).into_iter().collect());
                    }
                    None
                }
            },
            Self::Many(many) => many.insert(bytes, slot),
        }
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Slot> {
        match self {
            Self::Few(few) => Self::place(few, key).ok().map(|at| few.remove(at).1),
            Self::Many(many) => many.remove(key),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }

    fn slots(&self) -> impl Iterator<Item = (&Bytes, &Slot)> {
        let (few, many) = match self {
            Self::Few(few) => (few.as_slice(), None),
            Self::Many(many) => ([].as_slice(), Some(many)),
        };
        few.iter().map(|(key, slot)| (key, slot)).chain(many.into_iter().flatten())
    }

    /// Keys with their marks and values.
    pub(super) fn texts(&self) -> impl Iterator<Item = (Text, &Value)> {
        self.slots().map(|(key, slot)| (Text::from_parts(key, &slot.key_marks), &slot.value))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &Value)> {
        self.slots().map(|(key, slot)| (key.as_slice(), &slot.value))
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = Value> {
        let (few, many) = match self {
            Self::Few(few) => (few, BTreeMap::new()),
            Self::Many(many) => (Vec::new(), many),
        };
        few.into_iter().map(|(_, slot)| slot).chain(many.into_values()).map(|slot| slot.value)
    }

    /// Gives back room that no entry took.
    pub(super) fn fit(&mut self) {
        if let Self::Few(few) = self {
            few.shrink_to_fit();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_entries_are_sorted_and_replaced() {
        for count in [3, FEW, FEW + 1, 200] {
            let mut entries = Entries::default();
            for n in (0..count).rev().chain(0..count) {
                entries.insert(Text::from(format!("{n:03}")), Value::Int(i64::try_from(n).unwrap()));
            }
            assert_eq!(entries.len(), count);
            let keys: Vec<_> = entries.iter().map(|(key, _)| key.to_vec()).collect();
            assert!(keys.is_sorted());
            assert!(entries.get(b"002").is_some_and(|value| value.as_int() == Some(2)));
            assert!(entries.remove(b"002").is_some() && entries.get(b"002").is_none());
            assert_eq!(entries.into_values().count(), count - 1);
        }
    }
}
