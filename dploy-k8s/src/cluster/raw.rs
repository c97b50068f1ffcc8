//! Objects as they are stored, whatever their kind makes of them.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, ListParams, TypeMeta};

use super::labels::{FIELD_MANAGER, STATUS_FIELD_MANAGER};
use super::store::post;
use super::{Error, Object, ObjectKey, Store};

impl<K: Object> Store<K> {
    /// The object as it is stored, read from the API server itself; also one that does not read as its kind.
    ///
    /// Asked for by a list of one, so that the right to list, which the watch of the kind has, is enough.
    ///
    /// # Errors
    /// The API server does not answer, or refuses.
    pub async fn get_raw(&self, key: &ObjectKey) -> Result<Option<DynamicObject>, Error> {
        let one = ListParams::default().fields(&format!("metadata.name={}", key.name));
        let found = self.raw(key).list(&one).await.map_err(|error| self.failed("get", key, error))?;
        let kind = ApiResource::erase::<K>(&());
        // The items of a list do not say what they are; an object that is written has to.
        let types = Some(TypeMeta { api_version: kind.api_version, kind: kind.kind });
        Ok(found.items.into_iter().next().map(|object| DynamicObject { types, ..object }))
    }

    /// Replaces the status, under the resourceVersion of `desired`.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the object has changed since; what the API server refuses.
    pub async fn replace_raw_status(&self, key: &ObjectKey, desired: &DynamicObject) -> Result<(), Error> {
        let replaced = self.raw(key).replace_status(&key.name, &post(STATUS_FIELD_MANAGER), desired).await;
        replaced.map(drop).map_err(|error| self.failed("replace the status of", key, error))
    }

    /// Takes the finalizer `name` off the object of this uid and resourceVersion, and changes nothing else of it.
    pub(super) async fn remove_raw_finalizer(&self, object: &K, name: &str) -> Result<(), Error> {
        let key = self.key(object)?;
        let meta = object.meta();
        let Some(mut stored) = self.get_raw(&key).await?.filter(|stored| stored.metadata.uid == meta.uid) else {
            self.cache().observe_deleted(&key, meta.uid.as_deref().unwrap_or_default());
            return Ok(());
        };
        stored.metadata.resource_version.clone_from(&meta.resource_version);
        if let Some(finalizers) = &mut stored.metadata.finalizers {
            finalizers.retain(|found| found != name);
        }
        let replaced = self.raw(&key).replace(&key.name, &post(FIELD_MANAGER), &stored).await;
        replaced.map(drop).map_err(|error| self.failed("replace", &key, error))
    }

    fn raw(&self, key: &ObjectKey) -> Api<DynamicObject> {
        let kind = ApiResource::erase::<K>(&());
        match key.namespace.as_deref() {
            Some(namespace) => Api::namespaced_with(self.client().clone(), namespace, &kind),
            None => Api::all_with(self.client().clone(), &kind),
        }
    }
}
