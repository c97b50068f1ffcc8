use std::marker::PhantomData;

use async_trait::async_trait;
use dploy_core::condition::{ACCEPTED, READY};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use crate::{
    api::stored,
    cluster::{
        Object, ObjectKey as Key, Store,
        condition::{ConditionUpdate, set_condition},
    },
    controller::{Outcome, Reconciler},
};

use super::Error;

/// The reason of an object that does not read as its kind.
const UNREADABLE: &str = "Unreadable";

/// Says of objects that do not read as their kind what is wrong with them; nothing else is done with them.
///
/// Only another version of the kind's schema can have let them in.
pub(crate) struct UnreadableReconciler<K>(Store<K>);

impl<K: Object> UnreadableReconciler<K> {
    pub(crate) fn new(store: &Store<K>) -> Self {
        Self(store.clone())
    }
}

/// Such an object as it is stored, and why it cannot be read.
pub(crate) struct Observed<K> {
    key: Key,
    live: DynamicObject,
    error: String,
    kind: PhantomData<fn() -> K>,
}

#[async_trait]
impl<K: Object> Reconciler for UnreadableReconciler<K> {
    const KIND: &'static str = UNREADABLE;
    type Observed = Observed<K>;
    type Plan = DynamicObject;
    type Applied = ();
    type Error = Error;

    async fn observe(&self, key: &Key) -> Result<Option<Observed<K>>, Error> {
        let Some(error) = self.0.cache().unreadable(key) else { return Ok(None) };
        let live = self.0.get_raw(key).await?;
        Ok(live.map(|live| Observed { key: key.clone(), live, error, kind: PhantomData }))
    }

    fn plan(&self, observed: &Observed<K>, now: jiff::Timestamp) -> DynamicObject {
        let mut desired = observed.live.clone();
        let spec = desired.data.get("spec").cloned().unwrap_or_default();
        let message = stored::violation::<K>(&spec).unwrap_or_else(|| observed.error.clone());
        let known = desired.data.pointer("/status/conditions").cloned().unwrap_or_default();
        let mut conditions: Vec<Condition> = serde_json::from_value(known).unwrap_or_default();
        for kind in [ACCEPTED, READY] {
            let update = ConditionUpdate {
                type_: kind.to_owned(),
                status: false.into(),
                reason: UNREADABLE.to_owned(),
                message: format!("it does not read as a {}: {message}", K::kind(&())),
                observed_generation: desired.metadata.generation,
            };
            set_condition(&mut conditions, update, now);
        }
        write_conditions(&mut desired.data, &conditions);
        desired
    }

    async fn apply(&self, _: &Observed<K>, _: &DynamicObject) -> Result<(), Error> {
        Ok(())
    }

    async fn status(&self, observed: &Observed<K>, plan: &DynamicObject, (): &()) -> Result<Outcome, Error> {
        if observed.live.data != plan.data {
            self.0.replace_raw_status(&observed.key, plan).await?;
        }
        Ok(Outcome::await_change())
    }
}

fn write_conditions(data: &mut Value, conditions: &[Condition]) {
    let Some(fields) = data.as_object_mut() else { return };
    let status = fields.entry("status").or_insert_with(|| json!({}));
    if let Some(status) = status.as_object_mut() {
        status.insert("conditions".to_owned(), json!(conditions));
    }
}
