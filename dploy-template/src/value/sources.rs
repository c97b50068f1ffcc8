//! Which sources a value's strings came from.

use std::collections::HashSet;

use super::{MAX_NESTING, SourceSet, Stringer, Value};

impl Value {
    /// Adds the sources of every marked string in the value, however deep.
    pub(crate) fn add_sources(&self, set: &mut SourceSet) {
        match self {
            Self::String(text) => return text.add_sources(set),
            Self::Nil | Self::NilInterface | Self::Bool(_) | Self::Int(_) | Self::Int64(_) => return,
            _ => {}
        }
        let mut walk = Walk::default();
        walk.value(self, set, 0);
        while let Some(value) = walk.deep.pop() {
            walk.value(&value, set, 0);
        }
    }
}

#[derive(Default)]
struct Walk {
    /// Shared parts are visited once: nesting can double with every level.
    seen: HashSet<usize>,
    /// What lies too deep for the stack
    deep: Vec<Value>,
}

impl Walk {
    fn value(&mut self, value: &Value, set: &mut SourceSet, depth: usize) {
        if depth > MAX_NESTING {
            self.deep.push(value.clone());
            return;
        }
        match value {
            Value::String(text) => text.add_sources(set),
            Value::Stringer(Stringer::Version(version)) => version.add_sources(set),
            Value::Stringer(stringer) => stringer.text().add_sources(set),
            Value::Time(time) => time.location().name().add_sources(set),
            Value::List(list) if list.is_unshared() || self.seen.insert(list.address()) => {
                list.items().iter().for_each(|item| self.value(item, set, depth + 1));
            }
            Value::Map(dict) if dict.is_unshared() || self.seen.insert(dict.address()) => {
                for (key, value) in dict.reading().texts() {
                    key.add_sources(set);
                    self.value(value, set, depth + 1);
                }
            }
            Value::Struct(object) => object.fields().for_each(|(_, field)| self.value(field, set, depth + 1)),
            Value::Pointer(pointer) => {
                pointer.target().into_iter().for_each(|target| self.value(target, set, depth + 1));
            }
            _ => {}
        }
    }
}
