//! Finalizers of our own kinds.
//!
//! # Flow
//!
//! 1. Before the first effect outside of the object, [`ensure_finalizer`](Store::ensure_finalizer).
//! 2. When the object is being deleted, undo the effects; this must tolerate that they never happened.
//! 3. [`remove_finalizer`](Store::remove_finalizer); the server then removes the object.
//!
//! # Guarantees
//!
//! Both are idempotent, make no request when there is nothing to do, and carry the object's resourceVersion: a change
//! by somebody else in between is an [`Error::Conflict`], never undone.

use std::sync::Arc;

use kube::{
    ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;

use super::{Error, Object, Store};

impl<K: Object> Store<K> {
    /// Adds the finalizer `name` if the object lacks it, and gives the object as it is then. An object that is being
    /// deleted is left alone: the server accepts no new finalizer on it.
    pub async fn ensure_finalizer(&self, object: &K, name: &str) -> Result<Arc<K>, Error> {
        if object.meta().deletion_timestamp.is_some() || object.finalizers().iter().any(|found| found == name) {
            return Ok(Arc::new(object.clone()));
        }
        let mut desired = object.clone();
        desired.finalizers_mut().push(name.to_owned());
        self.replace(object, &desired).await.map(super::Written::into_object)
    }

    /// Takes every finalizer off an object that is being deleted, whoever set them: it is gone then, and what they were
    /// there for is not done. Only an object of this uid is touched; one that is gone already is fine.
    pub async fn give_up(&self, object: &K) -> Result<(), Error> {
        let key = self.key(object)?;
        let uid = object.uid().unwrap_or_default();
        let patch = json!({ "metadata": { "uid": uid, "finalizers": null } });
        match self.api(&key).patch(&key.name, &PatchParams::default(), &Patch::Merge(&patch)).await {
            Ok(_) => self.cache().observe_deleted(&key, &uid),
            Err(kube::Error::Api(status)) if status.is_not_found() => self.cache().observe_deleted(&key, &uid),
            Err(source) => {
                let subject = format!("the finalizers of {}", self.subject(&key));
                return Err(Error::Api { verb: "remove", subject, source: source.into() });
            }
        }
        Ok(())
    }

    /// Takes the finalizer `name` off; an object that is gone already is fine. Gives the object as it was last.
    ///
    /// One that an older schema accepted, and whose kind says more of it than was stored, is written as it was stored.
    pub async fn remove_finalizer(&self, object: &K, name: &str) -> Result<Arc<K>, Error> {
        let mut desired = object.clone();
        desired.finalizers_mut().retain(|found| found != name);
        match self.replace(object, &desired).await {
            Ok(written) => Ok(written.into_object()),
            Err(Error::NotFound { .. }) => {
                let uid = object.uid().unwrap_or_default();
                self.cache().observe_deleted(&self.key(object)?, &uid);
                Ok(Arc::new(desired))
            }
            Err(Error::Invalid { .. }) => {
                self.remove_raw_finalizer(object, name).await?;
                Ok(Arc::new(desired))
            }
            Err(error) => Err(error),
        }
    }
}
