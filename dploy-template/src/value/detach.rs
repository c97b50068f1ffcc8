//! Copies that no template can change.

use std::collections::HashMap;

use super::{Dict, List, MAX_NESTING, Object, Pointer, Value};

impl Value {
    /// A copy that shares no map with this value: changes of one are not
    /// seen in the other. What is one map here is one map there.
    pub(crate) fn detached(&self) -> Self {
        Detach::default().value(self, 0)
    }
}

/// Maps and lists copied so far, by address.
#[derive(Default)]
struct Detach {
    maps: HashMap<usize, Dict>,
    lists: HashMap<usize, List>,
}

impl Detach {
    /// Functions refuse values nested deeper than this, so what lies deeper
    /// is shared.
    fn value(&mut self, value: &Value, depth: usize) -> Value {
        if depth > MAX_NESTING {
            return value.clone();
        }
        match value {
            Value::List(list) if list.is_nil() => value.clone(),
            Value::Map(dict) if dict.is_nil() => value.clone(),
            Value::List(list) => Value::List(self.list(list, depth)),
            Value::Map(dict) => Value::Map(self.map(dict, depth)),
            Value::Struct(object) => {
                let fields = object
                    .named_fields()
                    .map(|(name, json, field)| (name.to_owned(), json.to_owned(), self.value(field, depth + 1)));
                Value::Struct(Object::new(object.type_name(), fields.collect::<Vec<_>>().into_iter()))
            }
            Value::Pointer(pointer) => {
                let target = pointer.target().map(|target| self.value(target, depth + 1));
                Value::Pointer(Pointer::new(pointer.type_name(), target))
            }
            other => other.clone(),
        }
    }

    fn list(&mut self, list: &List, depth: usize) -> List {
        if let Some(copy) = self.lists.get(&list.address()) {
            return copy.clone();
        }
        let items = list.items().iter().map(|item| self.value(item, depth + 1)).collect();
        let copy = List::new(list.elem(), items);
        self.lists.insert(list.address(), copy.clone());
        copy
    }

    fn map(&mut self, dict: &Dict, depth: usize) -> Dict {
        if let Some(copy) = self.maps.get(&dict.address()) {
            return copy.clone();
        }
        let copy = Dict::new(dict.elem(), []);
        // Known before its entries are copied: they may lead back to it.
        self.maps.insert(dict.address(), copy.clone());
        for (key, value) in dict.entries() {
            let value = self.value(&value, depth + 1);
            copy.insert(key, value);
        }
        copy
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::value::Text;

    #[test]
    fn one_map_in_two_places_stays_one_map() {
        let inner = Dict::new(crate::value::Elem::Any, []);
        let both = Value::map([("a", Value::Map(inner.clone())), ("b", Value::Map(inner.clone()))]);
        let Value::Map(copy) = both.detached() else { panic!("a map") };
        let (Value::Map(a), Value::Map(b)) = (copy.get("a").unwrap(), copy.get("b").unwrap()) else { panic!("maps") };
        a.insert(Text::from("x"), Value::from(1));
        assert!(b.contains("x"));
        assert!(!inner.contains("x"));
    }
}
