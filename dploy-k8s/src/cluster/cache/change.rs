//! What subscribers are told.

use std::sync::Arc;

use crate::cluster::{Object, ObjectKey};

/// One object's change, as the cache saw it.
#[derive(Debug)]
pub struct Change<K> {
    /// Which object.
    pub key: ObjectKey,
    /// What was known before; `None` if nothing.
    pub old: Option<Arc<K>>,
    /// What is known now; `None` if the object is gone.
    pub new: Option<Arc<K>>,
}

impl<K: Object> Change<K> {
    /// The newest known state of the object: the new one, or the last one before it went.
    pub fn either(&self) -> Option<&Arc<K>> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// Whether somebody changed what the object asks for: it appeared, it went, it was replaced by another of the same
    /// name, its `metadata.generation` moved (deletion moves it too). Status and labels do not count.
    pub fn generation_changed(&self) -> bool {
        fn of<K: Object>(object: &Option<Arc<K>>) -> Option<(Option<&str>, Option<i64>, bool)> {
            object.as_ref().map(|object| {
                let meta = object.meta();
                (meta.uid.as_deref(), meta.generation, meta.deletion_timestamp.is_some())
            })
        }
        of(&self.old) != of(&self.new)
    }
}
