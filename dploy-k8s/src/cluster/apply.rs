//! Server-side apply of the objects that belong to ours.
//!
//! # Flow
//!
//! 1. The object is unknown: it is read from the server; where that confirms, it is created by POST. Creation is not
//!    an apply, because an apply cannot ask for "only if there is none" and would take over somebody else's object.
//! 2. The object is there and lacks our uid: [`Error::NameTaken`]. It is being deleted: [`Error::Terminating`].
//! 3. Everything wanted is there already ([`subset`]) and the hash of what was applied last is the same: no request.
//! 4. Otherwise it is read from the server once more, checked again, and applied with force under its uid, so that an
//!    object that went in between is never brought back.
//!
//! Fields that a POST set are owned by the operation `Update`, which an apply does not take fields away from. The
//! first apply after a creation therefore turns that entry into `Apply`, as client-go's `csaupgrade` does.

use dploy_core::id::hex;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::labels::{APPLIED_HASH, FIELD_MANAGER, INSTANCE_UID, MANAGED};
use super::{Error, Object, ObjectKey, Owner, Store, Written, subset};

impl<K: Object> Store<K> {
    /// Makes the server's object say what `desired` says, as a child of `owner`: label `dploy.dev/managed=true`,
    /// annotations with the owner's uid and a hash of what was applied, the owner's reference where it has one.
    ///
    /// The caller has made sure that the owner is not being deleted. See the [module](self) for the flow.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`], [`Error::Terminating`]; [`Error::Conflict`] and [`Error::AlreadyExists`] where somebody
    /// was faster: try again soon.
    pub async fn apply(&self, desired: &K, owner: &Owner) -> Result<Written<K>, Error> {
        let key = self.key(desired)?;
        let subject = self.subject(&key);
        let wanted = Wanted::new(self.json(&key, desired)?, owner);
        let live = match self.cache.get(&key) {
            Some(live) => Some(live),
            None => self.get_live(&key).await?,
        };
        let Some(live) = live else { return self.create_child(&key, &wanted).await };
        owner.check(&subject, live.meta())?;
        // What the cache trims away cannot be compared; the hash stands for it.
        let mut comparable = self.typed(&key, wanted.body.clone())?;
        self.cache.trim(&mut comparable);
        if subset(&self.json(&key, &comparable)?, &self.json(&key, &live)?) {
            return Ok(Written::Unchanged(live));
        }
        self.apply_over(&key, wanted, owner).await
    }

    async fn create_child(&self, key: &ObjectKey, wanted: &Wanted) -> Result<Written<K>, Error> {
        self.create(&self.typed(key, wanted.body.clone())?).await.map(Written::Created)
    }

    async fn apply_over(&self, key: &ObjectKey, wanted: Wanted, owner: &Owner) -> Result<Written<K>, Error> {
        let api = self.api(key);
        let live = api.get_opt(&key.name).await.map_err(|error| self.failed("get", key, error))?;
        let Some(live) = live else { return self.create_child(key, &wanted).await };
        owner.check(&self.subject(key), live.meta())?;
        if let Some(upgrade) = upgrade_managed_fields(&live) {
            let upgraded = api.patch(&key.name, &PatchParams::default(), &Patch::Merge(&upgrade)).await;
            upgraded.map_err(|error| self.failed("take over the fields of", key, error))?;
        }
        let body = wanted.under_uid(live.uid().unwrap_or_default());
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let applied = api.patch(&key.name, &params, &Patch::Apply(&body)).await;
        let applied = applied.map_err(|error| self.failed("apply", key, error))?;
        Ok(Written::Changed(self.cache.observe_written(applied)))
    }

    fn typed(&self, key: &ObjectKey, body: Value) -> Result<K, Error> {
        serde_json::from_value(body).map_err(|source| Error::Serialize { subject: self.subject(key), source })
    }
}

/// A merge patch that turns the fields we own by `Update` into fields we own by `Apply`; `None` once we have applied.
fn upgrade_managed_fields<K: Object>(live: &K) -> Option<Value> {
    let ours = |operation: &str, entry: &&k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry| {
        entry.manager.as_deref() == Some(FIELD_MANAGER)
            && entry.operation.as_deref() == Some(operation)
            && entry.subresource.as_deref().unwrap_or_default().is_empty()
    };
    let mut entries = live.managed_fields().to_vec();
    if entries.iter().any(|entry| ours("Apply", &entry)) {
        return None;
    }
    entries.iter_mut().find(|entry| ours("Update", &&**entry))?.operation = Some("Apply".to_owned());
    Some(json!({"metadata": {"resourceVersion": live.resource_version(), "managedFields": entries}}))
}

/// What we want an object to say, stamped with whose it is.
struct Wanted {
    body: Value,
}

impl Wanted {
    fn new(body: Value, owner: &Owner) -> Self {
        let mut body = into_fields(body);
        body.remove("status");
        edit(&mut body, "metadata", |metadata| {
            metadata.remove("managedFields");
            metadata.remove("resourceVersion");
            edit(metadata, "labels", |labels| _ = labels.insert(MANAGED.to_owned(), json!("true")));
            edit(metadata, "annotations", |notes| _ = notes.insert(INSTANCE_UID.to_owned(), json!(owner.uid)));
            if let Some(reference) = &owner.reference {
                metadata.insert("ownerReferences".to_owned(), json!([reference]));
            }
        });
        let hash = hash(&body);
        edit(&mut body, "metadata", |metadata| {
            edit(metadata, "annotations", |notes| _ = notes.insert(APPLIED_HASH.to_owned(), json!(hash)));
        });
        Self { body: Value::Object(body) }
    }

    /// The body of an apply that only ever changes the object with this uid.
    fn under_uid(self, uid: String) -> Value {
        let mut fields = into_fields(self.body);
        edit(&mut fields, "metadata", |metadata| _ = metadata.insert("uid".to_owned(), json!(uid)));
        Value::Object(fields)
    }
}

fn into_fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Changes the object under `key`, made where there is none.
fn edit(fields: &mut Map<String, Value>, key: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let value = fields.entry(key.to_owned()).or_insert(Value::Null);
    let mut inner = into_fields(value.take());
    change(&mut inner);
    *value = Value::Object(inner);
}

/// 16 hex digits of SHA-256 over the fields with sorted keys, so that equal objects have equal hashes.
fn hash(fields: &Map<String, Value>) -> String {
    let mut digest = Sha256::new();
    feed_fields(fields, &mut digest);
    format!("{:.16}", hex(&digest.finalize()))
}

fn feed_fields(fields: &Map<String, Value>, digest: &mut Sha256) {
    let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    digest.update([b'{']);
    for (key, value) in sorted {
        digest.update(Value::from(key.as_str()).to_string());
        feed(value, digest);
    }
    digest.update([b'}']);
}

fn feed(value: &Value, digest: &mut Sha256) {
    match value {
        Value::Object(fields) => feed_fields(fields, digest),
        Value::Array(items) => {
            digest.update([b'[']);
            for item in items {
                feed(item, digest);
                digest.update([b',']);
            }
            digest.update([b']']);
        }
        scalar => digest.update(scalar.to_string()),
    }
}
