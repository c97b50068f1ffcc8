//! Lists, maps and structs.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::entries::Entries;
use super::{Elem, Text, Value};

/// A Go slice. Cheap to clone; never changed after it is made.
#[derive(Clone, Debug)]
pub struct List {
    elem: Elem,
    nil: bool,
    items: Arc<Items>,
}

#[derive(Debug, Default)]
struct Items(Vec<Value>);

impl List {
    pub(crate) fn new(elem: Elem, items: Vec<Value>) -> Self {
        Self { elem, nil: false, items: Arc::new(Items(items)) }
    }

    /// A nil slice, which differs from an empty one in `%#v`, JSON and comparison.
    pub(crate) fn nil(elem: Elem) -> Self {
        Self { elem, nil: true, items: Arc::default() }
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.nil
    }

    pub(crate) fn elem(&self) -> Elem {
        self.elem
    }

    /// The elements in order.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        &self.items.0
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.0.len()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.0.is_empty()
    }

    /// The bytes of a `[]uint8`.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let byte = |item: &Value| item.as_uint().and_then(|byte| u8::try_from(byte).ok()).unwrap_or_default();
        (self.elem == Elem::Uint8).then(|| self.items().iter().map(byte).collect())
    }

    /// Where the elements live: equal for clones.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.items).addr()
    }

    /// Whether nothing but this refers to the elements.
    pub(super) fn is_unshared(&self) -> bool {
        Arc::strong_count(&self.items) == 1
    }
}

/// A Go map with string keys. A clone is the same map, as in Go.
#[derive(Clone, Debug)]
pub struct Dict {
    elem: Elem,
    nil: bool,
    entries: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared(RwLock<Entries>);

/// The entries of a map, which stay as they are for as long as this lives.
pub(crate) struct Reading<'d>(RwLockReadGuard<'d, Entries>);

impl Reading<'_> {
    /// Keys with their marks and values, sorted by key.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (Text, &Value)> {
        self.0.texts()
    }

    /// Keys and values, sorted by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &Value)> {
        self.0.iter()
    }
}

impl Dict {
    /// A map; of two entries with one key the later one stays.
    pub(crate) fn new(elem: Elem, entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        let mut made = Entries::default();
        for (key, value) in entries {
            made.insert(key, value);
        }
        made.fit();
        Self { elem, nil: false, entries: Arc::new(Shared(RwLock::new(made))) }
    }

    /// A nil map, which has no entries and takes none.
    pub(crate) fn nil(elem: Elem) -> Self {
        Self { elem, nil: true, entries: Arc::default() }
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.nil
    }

    pub(crate) fn elem(&self) -> Elem {
        self.elem
    }

    /// Where the entries live: equal for clones.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.entries).addr()
    }

    /// Whether nothing but this refers to the entries.
    pub(super) fn is_unshared(&self) -> bool {
        Arc::strong_count(&self.entries) == 1
    }

    /// The entries without copies of them. No template may be carried out
    /// meanwhile, as it might change the map.
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading(self.read())
    }

    fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.entries.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value under `key`.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<Value> {
        self.read().get(key.as_ref()).cloned()
    }

    /// Whether there is an entry for `key`.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> bool {
        self.read().get(key.as_ref()).is_some()
    }

    /// All entries, sorted by key.
    #[must_use]
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.read().texts().map(|(key, value)| (key, value.clone())).collect()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Entries> {
        self.entries.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an entry in, in place of one with the same key.
    pub(crate) fn insert(&self, key: Text, value: Value) {
        let replaced = self.write().insert(key, value);
        // Dropped when the lock is free: it may hold this very map.
        drop(replaced);
    }

    /// Takes an entry out.
    pub(crate) fn remove(&self, key: &[u8]) {
        let removed = self.write().remove(key);
        drop(removed);
    }

    /// Takes every entry out.
    pub(crate) fn clear(&self) {
        let removed = std::mem::take(&mut *self.write());
        drop(removed);
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A Go struct: fields have names and order, and asking for another is an error.
#[derive(Clone, Debug)]
pub struct Object(Arc<ObjectFields>);

#[derive(Debug)]
struct ObjectFields {
    type_name: String,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    json: String,
    value: Value,
}

impl Object {
    pub(crate) fn new(type_name: &str, fields: impl Iterator<Item = (String, String, Value)>) -> Self {
        let fields = fields.map(|(name, json, value)| Field { name, json, value }).collect();
        Self(Arc::new(ObjectFields { type_name: type_name.to_owned(), fields }))
    }

    /// The Go name of the type, for example `v1alpha1.DployTemplate`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.0.type_name
    }

    /// The value of the field with this Go name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// Go names and values, in order of declaration.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.fields.iter().map(|field| (field.name.as_str(), &field.value))
    }

    /// Go names, JSON names and values, in order of declaration.
    pub(crate) fn named_fields(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.0.fields.iter().map(|field| (field.name.as_str(), field.json.as_str(), &field.value))
    }

    /// JSON names and values, in order of declaration.
    pub(crate) fn json_fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.fields.iter().map(|field| (field.json.as_str(), &field.value))
    }
}

/// A Go pointer, possibly nil.
#[derive(Clone, Debug)]
pub struct Pointer {
    type_name: Arc<str>,
    target: Option<Arc<Value>>,
}

impl Pointer {
    pub(crate) fn new(type_name: &str, target: Option<Value>) -> Self {
        Self { type_name: Arc::from(type_name), target: target.map(Arc::new) }
    }

    /// The Go name of the type pointed to.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// What it points to; none for nil.
    #[must_use]
    pub fn target(&self) -> Option<&Value> {
        self.target.as_deref()
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        match (&self.target, &other.target) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
}

fn nests(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// Takes nested values apart in a loop, because templates can nest lists
/// deeper than a recursive drop has stack for.
fn dismantle(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut items) = Arc::into_inner(list.items) {
                    pending.append(&mut items.0);
                }
            }
            Value::Map(dict) => {
                if let Some(mut entries) = Arc::into_inner(dict.entries) {
                    pending.extend(entries.take());
                }
            }
            _ => {}
        }
    }
}

impl Shared {
    fn take(&mut self) -> impl Iterator<Item = Value> + use<> {
        let entries = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(entries).into_values()
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.0.iter().any(nests) {
            dismantle(std::mem::take(&mut self.0));
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let entries = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if entries.iter().any(|(_, value)| nests(value)) {
            dismantle(self.take().collect());
        }
    }
}
