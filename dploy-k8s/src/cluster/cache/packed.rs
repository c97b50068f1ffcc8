//! Objects in little space.
//!
//! A decoded object takes about ten times the memory of its text, and thousands of one kind say nearly the same. Each is
//! kept as JSON, compressed (LZ4 block format) against the first object of its kind.

use std::sync::Arc;

use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};

use crate::cluster::Object;

/// An object as it is kept.
pub(super) enum Packed<K> {
    /// Its compressed text.
    Text(Box<[u8]>),
    /// Itself: there are few of its kind, or its type does not read back what it writes.
    Whole(Arc<K>),
}

/// Packs objects of one kind, and unpacks what it packed.
pub(super) struct Packer {
    /// Objects are kept as they are.
    few: bool,
    /// The text that all others are compressed against.
    sample: Option<Box<[u8]>>,
}

impl Packer {
    /// For a kind of which there are few, or many.
    pub(super) fn new(few: bool) -> Self {
        Self { few, sample: None }
    }

    pub(super) fn pack<K: Object>(&mut self, object: &Arc<K>) -> Packed<K> {
        let whole = || Packed::Whole(Arc::clone(object));
        if self.few {
            return whole();
        }
        let Ok(text) = serde_json::to_vec(&**object) else { return whole() };
        let sample = self.sample.get_or_insert_with(|| text.clone().into());
        let packed: Box<[u8]> = compress_prepend_size_with_dict(&text, sample).into();
        match self.read::<K>(&packed) {
            Some(_) => Packed::Text(packed),
            None => whole(),
        }
    }

    pub(super) fn unpack<K: Object>(&self, packed: &Packed<K>) -> Option<Arc<K>> {
        match packed {
            Packed::Whole(object) => Some(Arc::clone(object)),
            Packed::Text(packed) => self.read(packed).map(Arc::new),
        }
    }

    fn read<K: Object>(&self, packed: &[u8]) -> Option<K> {
        let text = decompress_size_prepended_with_dict(packed, self.sample.as_deref()?).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::{CustomResource, api::ObjectMeta};
    use proptest::{collection::btree_map, prelude::*};
    use serde::{Deserialize, Serialize};

    use super::*;

    fn object(number: usize) -> Arc<ConfigMap> {
        let entry = |name: &str, value: String| (name.to_owned(), value);
        let labels =
            [entry("app.example.org/managed-by", "dploy".to_owned()), entry("example.org/number", number.to_string())];
        let metadata = ObjectMeta {
            name: Some(format!("environment-of-somebody-{number}")),
            namespace: Some("platform".to_owned()),
            uid: Some(format!("0b5c9d52-6f0b-4e0b-9b61-{number:012}")),
            labels: Some(labels.into()),
            ..ObjectMeta::default()
        };
        let data = ["host", "url"].map(|name| entry(name, format!("https://shell-{number}.apps.example.org/{name}")));
        Arc::new(ConfigMap { metadata, data: Some(data.into()), ..ConfigMap::default() })
    }

    proptest! {
        #[test]
        fn objects_come_back_as_they_were(all in prop::collection::vec(btree_map(".{0,8}", ".{0,40}", 0..8), 1..8)) {
            let mut packer = Packer::new(false);
            let objects: Vec<_> =
                all.into_iter().map(|data| Arc::new(ConfigMap { data: Some(data), ..ConfigMap::default() })).collect();
            let packed: Vec<_> = objects.iter().map(|object| packer.pack(object)).collect();
            for (object, packed) in objects.iter().zip(&packed) {
                prop_assert_eq!(packer.unpack(packed), Some(Arc::clone(object)));
            }
        }
    }

    #[test]
    fn objects_that_are_alike_take_less_than_half_of_their_text() {
        let mut packer = Packer::new(false);
        packer.pack(&object(0));
        for number in 1..100 {
            let text = serde_json::to_vec(&*object(number)).unwrap().len();
            match packer.pack(&object(number)) {
                Packed::Text(packed) => assert!(2 * packed.len() < text, "{} of {text}", packed.len()),
                Packed::Whole(_) => panic!("it reads back what it writes"),
            }
        }
    }

    #[derive(CustomResource, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[kube(group = "example.org", version = "v1", kind = "Odd", derive = "PartialEq", namespaced, schema = "disabled")]
    struct OddSpec {
        #[serde(skip_serializing)]
        secret: String,
    }

    #[test]
    fn an_object_whose_text_would_not_be_read_is_kept_as_it_is() {
        let mut packer = Packer::new(false);
        let odd = Arc::new(Odd::new("odd", OddSpec { secret: "s".to_owned() }));
        let packed = packer.pack(&odd);
        assert_eq!(packer.unpack(&packed), Some(odd));
    }
}
