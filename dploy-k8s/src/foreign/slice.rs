//! A namespaced kind of Kubernetes itself whose spec is only ever written and compared.

use std::{borrow::Cow, marker::PhantomData};

use dploy_core::id::hex;
use k8s_openapi::{NamespaceResourceScope, api::core::v1::ResourceQuota};
use kube::{Resource, api::ObjectMeta};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cluster::{canonical_quantity, labels};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

/// An object of kind `K` as its metadata and its spec, which a cache keeps as a digest.
///
/// What is written must say every field that the server would fill in, or the digests never agree.
pub struct Slice<K> {
    /// Which object it is.
    pub metadata: ObjectMeta,
    /// What it says: whole where it is written, `sha256:` and hexadecimal digits in a cache.
    pub spec: Value,
    kind: PhantomData<fn() -> K>,
}

impl<K> Slice<K> {
    /// An object with this spec.
    #[must_use]
    pub fn new(metadata: ObjectMeta, spec: Value) -> Self {
        Self { metadata, spec, kind: PhantomData }
    }

    /// Leaves what tells one state of the object from another, for a cache that holds tens of thousands. Whose it is and
    /// what was applied move into a controller reference, which takes a fraction of the space of two annotations.
    pub fn trim(&mut self) {
        if !self.spec.is_string() {
            self.spec = Value::String(digest(&self.spec));
        }
        let kept = &mut self.metadata;
        let mut notes = kept.annotations.take().unwrap_or_default();
        let reference = notes.remove(labels::INSTANCE_UID).map(|uid| OwnerReference {
            uid,
            name: notes.remove(labels::APPLIED_HASH).unwrap_or_default(),
            controller: Some(true),
            ..OwnerReference::default()
        });
        self.metadata = ObjectMeta {
            name: kept.name.take(),
            namespace: kept.namespace.take(),
            uid: kept.uid.take(),
            resource_version: kept.resource_version.take(),
            deletion_timestamp: kept.deletion_timestamp.take(),
            owner_references: reference.map(|reference| vec![reference]).or_else(|| kept.owner_references.take()),
            ..ObjectMeta::default()
        };
    }

    /// Whether both, as a cache keeps them, are one object that says the same.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let (mine, other_meta) = (&self.metadata, &other.metadata);
        self.spec == other.spec
            && mine.uid == other_meta.uid
            && mine.owner_references == other_meta.owner_references
            && mine.deletion_timestamp == other_meta.deletion_timestamp
    }
}

/// The digest of the canonical form, in which keys are sorted and equal quantities are written alike.
fn digest(spec: &Value) -> String {
    format!("sha256:{:.16}", hex(&Sha256::digest(canonical(spec))))
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut entries: Vec<_> = fields.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries.into_iter().map(|(key, value)| format!("{key:?}:{}", canonical(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::String(text) => canonical_quantity(text).unwrap_or_else(|| format!("{text:?}")),
        scalar => scalar.to_string(),
    }
}

impl<K> Clone for Slice<K> {
    fn clone(&self) -> Self {
        Self::new(self.metadata.clone(), self.spec.clone())
    }
}

impl<K: k8s_openapi::Resource> std::fmt::Debug for Slice<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(K::KIND).field("metadata", &self.metadata).field("spec", &self.spec).finish()
    }
}

impl<K: k8s_openapi::Resource> Serialize for Slice<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct(K::KIND, 4)?;
        fields.serialize_field("apiVersion", K::API_VERSION)?;
        fields.serialize_field("kind", K::KIND)?;
        fields.serialize_field("metadata", &self.metadata)?;
        fields.serialize_field("spec", &self.spec)?;
        fields.end()
    }
}

impl<'de, K> Deserialize<'de> for Slice<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            metadata: ObjectMeta,
            #[serde(default)]
            spec: Value,
        }
        Written::deserialize(deserializer).map(|written| Self::new(written.metadata, written.spec))
    }
}

impl<K: k8s_openapi::Resource<Scope = NamespaceResourceScope>> Resource for Slice<K> {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        K::KIND.into()
    }

    fn group((): &()) -> Cow<'_, str> {
        K::GROUP.into()
    }

    fn version((): &()) -> Cow<'_, str> {
        K::VERSION.into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        K::URL_PATH_SEGMENT.into()
    }

    fn api_version((): &()) -> Cow<'_, str> {
        K::API_VERSION.into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// What may be used in a namespace.
pub type QuotaSlice = Slice<ResourceQuota>;
/// What containers get in a namespace.
pub type LimitSlice = Slice<k8s_openapi::api::core::v1::LimitRange>;
/// Which traffic crosses the border of a namespace.
pub type PolicySlice = Slice<k8s_openapi::api::networking::v1::NetworkPolicy>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{QuotaSlice, digest};

    #[test]
    fn a_digest_sees_amounts_not_their_spelling() {
        assert_eq!(
            digest(&json!({ "hard": { "cpu": "1000m", "b": "2Gi" } })),
            digest(&json!({ "hard": { "b": "2048Mi", "cpu": "1" } }))
        );
        assert_ne!(digest(&json!({ "hard": { "cpu": "1" } })), digest(&json!({ "hard": { "cpu": "2" } })));
    }

    #[test]
    fn trimmed_it_still_tells_whose_it_is_and_trimming_twice_changes_nothing() {
        let note = |uid: &str| json!({ "dploy.dev/instance-uid": uid, "dploy.dev/applied-hash": "h" });
        let object = |uid: &str| {
            let metadata = json!({ "name": "a", "namespace": "n", "annotations": note(uid), "labels": { "a": "b" } });
            let mut slice: QuotaSlice = serde_json::from_value(json!({ "metadata": metadata, "spec": {} })).unwrap();
            slice.trim();
            slice
        };
        let mut twice = object("1");
        twice.trim();
        assert!(twice.same(&object("1")) && !twice.same(&object("2")));
        assert!(crate::cluster::owns(&twice.metadata, "1") && !crate::cluster::owns(&twice.metadata, "2"));
    }
}
