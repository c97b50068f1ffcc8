//! The only door for writes: what the API server answers goes into the cache.

use std::{collections::BTreeMap, sync::Arc};

use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Client, Resource};
use serde_json::{Value, json};

use super::labels::{FIELD_MANAGER, STATUS_FIELD_MANAGER};
use super::{ApiScope, Cache, Error, Object, ObjectKey};

/// Reads and writes the objects of one kind, keeping a [`Cache`] up to date with every answer.
///
/// A clone is a handle to the same store.
///
/// # Guarantees
///
/// - After a write returns, the cache shows its result or something newer.
/// - A write that would change nothing makes no request.
/// - Replacements and deletions carry the resourceVersion (or uid) of what the caller read: a stale caller gets
///   [`Error::Conflict`], never somebody else's update undone.
///
/// # Assumptions
///
/// `replace` sends the whole object, so it is for kinds that we own and whose type is complete; for a typed slice of a
/// foreign kind use [`apply`](Self::apply). A request whose answer was lost (time-out, cancelled future) may have had
/// its effect; the watch tells, and the resourceVersion protects a second attempt.
pub struct Store<K> {
    pub(super) client: Client,
    pub(super) cache: Cache<K>,
}

impl<K> Clone for Store<K> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), cache: self.cache.clone() }
    }
}

/// What a write did, with the object as it is now.
#[derive(Clone, Debug)]
pub enum Written<K> {
    /// Nothing was asked of the server: the object is as wanted.
    Unchanged(Arc<K>),
    /// The object did not exist and was created.
    Created(Arc<K>),
    /// The object was changed.
    Changed(Arc<K>),
}

impl<K> Written<K> {
    /// The object as it is now.
    pub fn object(&self) -> &Arc<K> {
        match self {
            Self::Unchanged(object) | Self::Created(object) | Self::Changed(object) => object,
        }
    }

    /// The object as it is now.
    pub fn into_object(self) -> Arc<K> {
        match self {
            Self::Unchanged(object) | Self::Created(object) | Self::Changed(object) => object,
        }
    }

    /// Whether a request was made.
    pub fn is_changed(&self) -> bool {
        !matches!(self, Self::Unchanged(_))
    }
}

impl<K: Object> Store<K> {
    /// A store that writes through `client`, which a [fence](super::fence) should guard where only a leader may write.
    pub fn new(client: Client, cache: Cache<K>) -> Self {
        Self { client, cache }
    }

    /// The cache that this store keeps up to date.
    pub fn cache(&self) -> &Cache<K> {
        &self.cache
    }

    /// The client that requests go through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Reads the object from the API server itself (a consistent read) rather than from the cache.
    pub async fn get_live(&self, key: &ObjectKey) -> Result<Option<Arc<K>>, Error> {
        let found = self.api(key).get_opt(&key.name).await.map_err(|error| self.failed("get", key, error))?;
        Ok(found.map(|object| self.cache.observe_written(object)))
    }

    /// Creates the object; [`Error::AlreadyExists`] where the name is taken.
    pub async fn create(&self, object: &K) -> Result<Arc<K>, Error> {
        let key = self.key_to_create(object)?;
        let created = self.api(&key).create(&post(FIELD_MANAGER), object).await;
        created.map(|object| self.cache.observe_written(object)).map_err(|error| self.failed("create", &key, error))
    }

    /// Replaces all but status, under the resourceVersion of `desired`. `live` is what `desired` was made from; where
    /// they are equal nothing is sent.
    pub async fn replace(&self, live: &K, desired: &K) -> Result<Written<K>, Error> {
        let key = self.key(desired)?;
        let (before, after) = (self.json(&key, live)?, self.json(&key, desired)?);
        if without_status(before) == without_status(after) {
            return Ok(Written::Unchanged(Arc::new(live.clone())));
        }
        let replaced = self.api(&key).replace(&key.name, &post(FIELD_MANAGER), desired).await;
        let replaced = replaced.map_err(|error| self.failed("replace", &key, error))?;
        Ok(Written::Changed(self.take_in(&key, replaced)))
    }

    /// Replaces the status, under the resourceVersion of `desired`; nothing is sent where `live` has an equal one.
    pub async fn replace_status(&self, live: &K, desired: &K) -> Result<Written<K>, Error> {
        let key = self.key(desired)?;
        let (before, after) = (self.json(&key, live)?, self.json(&key, desired)?);
        if before.get("status").unwrap_or(&Value::Null) == after.get("status").unwrap_or(&Value::Null) {
            return Ok(Written::Unchanged(Arc::new(live.clone())));
        }
        let replaced = self.api(&key).replace_status(&key.name, &post(STATUS_FIELD_MANAGER), desired).await;
        let replaced = replaced.map_err(|error| self.failed("replace the status of", &key, error))?;
        Ok(Written::Changed(self.cache.observe_written(replaced)))
    }

    /// Sets annotations of this object and leaves all else alone; [`Error::Conflict`] where it is not at `version` any more.
    pub async fn annotate(
        &self,
        object: &K,
        version: &str,
        annotations: &BTreeMap<&str, String>,
    ) -> Result<Arc<K>, Error> {
        let key = self.key(object)?;
        let meta = json!({ "uid": object.meta().uid, "resourceVersion": version, "annotations": annotations });
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let written = self.api(&key).patch(&key.name, &params, &Patch::Merge(json!({ "metadata": meta }))).await;
        written.map(|written| self.cache.observe_written(written)).map_err(|error| self.failed("annotate", &key, error))
    }

    /// Deletes exactly this version of this object: [`Error::Conflict`] where it has changed or was replaced by
    /// another of the same name. An object that is gone already is fine.
    pub async fn delete(&self, object: &K) -> Result<(), Error> {
        let meta = object.meta();
        let version = meta.resource_version.clone();
        self.delete_if(object, Preconditions { uid: meta.uid.clone(), resource_version: version }).await.map(drop)
    }

    /// Deletes this object in whatever version, but never another of the same name. Says whether it was still there.
    pub async fn delete_uid(&self, object: &K) -> Result<bool, Error> {
        self.delete_if(object, Preconditions { uid: object.meta().uid.clone(), resource_version: None }).await
    }

    async fn delete_if(&self, object: &K, preconditions: Preconditions) -> Result<bool, Error> {
        let key = self.key(object)?;
        let uid = preconditions.uid.clone().unwrap_or_default();
        let params = DeleteParams::background().preconditions(preconditions);
        match self.api(&key).delete(&key.name, &params).await {
            Ok(answer) => {
                // The server answers with the object where it stays for its finalizers, with a status where it is gone.
                match answer.left() {
                    Some(marked) if marked.meta().deletion_timestamp.is_some() => {
                        self.cache.observe_written(marked);
                    }
                    _ => self.cache.observe_deleted(&key, &uid),
                }
                Ok(true)
            }
            Err(kube::Error::Api(status)) if status.is_not_found() => {
                self.cache.observe_deleted(&key, &uid);
                Ok(false)
            }
            Err(error) => Err(self.failed("delete", &key, error)),
        }
    }

    /// Takes in what an update returned. An update that takes the last finalizer off an object that is being deleted
    /// removes it, and still answers with the object.
    pub(super) fn take_in(&self, key: &ObjectKey, object: K) -> Arc<K> {
        let meta = object.meta();
        let immediate = meta.deletion_grace_period_seconds.unwrap_or(0) == 0;
        let released = meta.finalizers.as_ref().is_none_or(Vec::is_empty);
        // A namespace has finalizers of its own in spec.
        let gone = meta.deletion_timestamp.is_some() && immediate && released && K::kind(&()) != "Namespace";
        if !gone {
            return self.cache.observe_written(object);
        }
        self.cache.observe_deleted(key, meta.uid.as_deref().unwrap_or_default());
        Arc::new(object)
    }

    pub(super) fn api(&self, key: &ObjectKey) -> Api<K> {
        <K as Resource>::Scope::api(self.client.clone(), key.namespace.as_deref())
    }

    pub(super) fn key(&self, object: &K) -> Result<ObjectKey, Error> {
        let key = ObjectKey::of(object);
        if key.name.is_empty() {
            return Err(Error::Unnamed { kind: K::kind(&()).into_owned() });
        }
        Ok(key)
    }

    /// As [`key`](Self::key), but an object to create may leave its name to the server (`generateName`).
    fn key_to_create(&self, object: &K) -> Result<ObjectKey, Error> {
        match object.meta().generate_name {
            Some(_) => Ok(ObjectKey::of(object)),
            None => self.key(object),
        }
    }

    pub(super) fn json(&self, key: &ObjectKey, object: &K) -> Result<Value, Error> {
        serde_json::to_value(object).map_err(|source| Error::Serialize { subject: self.subject(key), source })
    }

    pub(super) fn failed(&self, verb: &'static str, key: &ObjectKey, error: kube::Error) -> Error {
        Error::from_kube(verb, self.subject(key), error)
    }

    pub(super) fn subject(&self, key: &ObjectKey) -> String {
        format!("{} {key}", K::kind(&()))
    }
}

pub(super) fn post(field_manager: &str) -> PostParams {
    PostParams { field_manager: Some(field_manager.to_owned()), ..PostParams::default() }
}

fn without_status(mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.remove("status");
    }
    object
}
