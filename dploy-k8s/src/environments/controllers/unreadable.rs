use std::{marker::PhantomData, sync::Arc};

use async_trait::async_trait;
use dploy_core::condition::{ACCEPTED, READY};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{
    Resource as _,
    api::{ApiResource, DynamicObject},
    runtime::events::EventType,
};
use serde_json::{Value, json};

use crate::{
    api::stored,
    cluster::{
        self, Object, ObjectKey as Key, Store,
        condition::{ConditionUpdate, set_condition},
    },
    controller::{Outcome, Reconciler},
};

use super::{Context, Error};

/// The reason of an object that does not read as its kind.
const UNREADABLE: &str = "Unreadable";

/// Says of objects that do not read as their kind what is wrong with them; nothing else is done with them.
///
/// Only another version of the kind's schema can have let them in. Of some the API server accepts no status either, such
/// as those with a text for a number: there an Event tells it.
pub(crate) struct UnreadableReconciler<K> {
    context: Arc<Context>,
    store: Store<K>,
}

impl<K: Object> UnreadableReconciler<K> {
    pub(crate) fn new(context: Arc<Context>, store: &Store<K>) -> Self {
        Self { context, store: store.clone() }
    }

    fn tell(&self, observed: &Observed<K>) {
        let regarding = observed.live.object_ref(&ApiResource::erase::<K>(&()));
        let events = &self.context.events;
        events.publish_about(regarding, EventType::Warning, UNREADABLE, "Read", observed.message.as_str());
    }
}

/// Such an object as it is stored, and why it cannot be read.
pub(crate) struct Observed<K> {
    key: Key,
    live: DynamicObject,
    message: String,
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
        let Some(error) = self.store.cache().unreadable(key) else { return Ok(None) };
        let Some(live) = self.store.get_raw(key).await? else { return Ok(None) };
        let spec = live.data.get("spec").cloned().unwrap_or_default();
        let wrong = stored::violation::<K>(&spec).unwrap_or(error);
        let message = format!("it does not read as a {}: {wrong}", K::kind(&()));
        Ok(Some(Observed { key: key.clone(), live, message, kind: PhantomData }))
    }

    fn plan(&self, observed: &Observed<K>, now: jiff::Timestamp) -> DynamicObject {
        let mut desired = observed.live.clone();
        let known = desired.data.pointer("/status/conditions").cloned().unwrap_or_default();
        let mut conditions: Vec<Condition> = serde_json::from_value(known).unwrap_or_default();
        for kind in [ACCEPTED, READY] {
            let update = ConditionUpdate {
                type_: kind.to_owned(),
                status: false.into(),
                reason: UNREADABLE.to_owned(),
                message: observed.message.clone(),
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
        if observed.live.data == plan.data {
            return Ok(Outcome::await_change());
        }
        match self.store.replace_raw_status(&observed.key, plan).await {
            Err(cluster::Error::Invalid { .. }) => self.tell(observed),
            written => written?,
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
