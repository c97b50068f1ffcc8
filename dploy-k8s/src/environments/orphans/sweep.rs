use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use dploy_core::{
    environments::{
        orphans::{Belonging, Holder, Inventory},
        plan::orphans::{GRACE_SECONDS, Observation, Orphan, plan_orphans},
    },
    time::Timestamp,
};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::EventType;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::{
    cluster::{Object, ObjectKey as Key, Store},
    controller::{Outcome, Reconciler},
    environments::controllers::{Context, Error},
};

use super::survey::{found, living, with_namespaces};

/// The one key of this controller's queue.
pub(crate) const SWEEP: &str = "orphans";
/// The longest time between two looks.
const INTERVAL: Duration = Duration::from_secs(60);

/// How orphans are swept.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Seconds that an orphan is left before it is removed.
    pub grace_seconds: u32,
    /// What knows the objects of the engines; workload namespaces are known anyway.
    pub inventories: Vec<Arc<dyn Inventory>>,
}

impl Default for Sweep {
    fn default() -> Self {
        Self { grace_seconds: GRACE_SECONDS, inventories: Vec::new() }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// Finds orphans, tells of them and, after the grace period, removes them.
///
/// The time since an orphan was first seen is remembered by the process: a new leader begins anew, so that nothing is
/// removed on somebody else's word.
pub(crate) struct OrphanReconciler {
    context: Arc<Context>,
    inventories: Vec<Arc<dyn Inventory>>,
    grace_seconds: u32,
    seen: Mutex<BTreeMap<String, Timestamp>>,
    gauge: Family<KindLabel, Gauge>,
}

/// Reports `dploy_orphans`, by kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct OrphanMetrics(Family<KindLabel, Gauge>);

impl OrphanMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let meaning = "Managed objects that no instance and no template owns";
        registry.register("dploy_orphans", meaning, metrics.0.clone());
        metrics
    }
}

impl OrphanReconciler {
    pub(crate) fn new(context: Arc<Context>, sweep: &Sweep, metrics: &OrphanMetrics) -> Self {
        Self {
            inventories: with_namespaces(&context.caches, &sweep.inventories),
            context,
            grace_seconds: sweep.grace_seconds,
            seen: Mutex::default(),
            gauge: metrics.0.clone(),
        }
    }

    /// Whether what it belongs to is gone, as the API server itself says.
    async fn is_orphaned(&self, what: &Belonging) -> Result<bool, Error> {
        let caches = &self.context.caches;
        match &what.owner {
            Holder::Instance(..) => gone(&caches.instances, &what.owner).await,
            Holder::Template(..) => gone(&caches.templates, &what.owner).await,
        }
    }

    async fn remove(&self, orphan: &Orphan) -> Result<(), Error> {
        if !self.is_orphaned(&orphan.belonging).await? {
            return Ok(());
        }
        for inventory in &self.inventories {
            if inventory.belongings().contains(&orphan.belonging) && inventory.discard(&orphan.belonging).await? {
                self.tell(&orphan.belonging, "OrphanRemoved", "it was removed");
                return Ok(());
            }
        }
        Ok(())
    }

    fn tell(&self, what: &Belonging, reason: &'static str, became: &str) {
        let holder = format!("{}/{}", what.owner.namespace(), what.owner.reference().name);
        tracing::warn!(
            orphan.kind = what.kind,
            orphan.namespace = what.key.namespace,
            orphan.name = what.key.name,
            orphan.owner = holder,
            event.reason = reason,
            "an object belongs to nothing"
        );
        let regarding = ObjectReference {
            kind: Some(what.kind.to_owned()),
            name: Some(what.key.name.clone()),
            namespace: Some(what.key.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            uid: Some(what.uid.clone()),
            ..ObjectReference::default()
        };
        let note = format!("{holder}, which it was made for, does not exist: {became}");
        self.context.events.publish_about(regarding, EventType::Warning, reason, "Sweep", note);
    }

    fn count(&self, orphans: &[Orphan]) {
        self.gauge.clear();
        for kind in orphans.iter().map(|orphan| orphan.belonging.kind) {
            self.gauge.get_or_create(&KindLabel { kind }).inc();
        }
    }
}

async fn gone<K: Object>(store: &Store<K>, holder: &Holder) -> Result<bool, Error> {
    let named = holder.reference();
    let live = store.get_live(&Key::namespaced(holder.namespace(), &named.name)).await?;
    Ok(live.is_none_or(|live| live.meta().uid.as_ref() != Some(&named.uid)))
}

#[async_trait]
impl Reconciler for OrphanReconciler {
    const KIND: &'static str = "Orphans";
    type Observed = (Vec<Belonging>, BTreeMap<String, Timestamp>);
    type Plan = Vec<Orphan>;
    type Applied = ();
    type Error = Error;

    async fn observe(&self, _: &Key) -> Result<Option<Self::Observed>, Error> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Some((found(&self.inventories), seen)))
    }

    fn plan(&self, (found, seen): &Self::Observed, now: jiff::Timestamp) -> Vec<Orphan> {
        let living = living(&self.context.caches);
        let grace_seconds = self.grace_seconds;
        plan_orphans(Observation { found, living: &living, seen, grace_seconds }, now.into())
    }

    async fn apply(&self, (_, seen): &Self::Observed, plan: &Vec<Orphan>) -> Result<(), Error> {
        self.count(plan);
        let grace = format!("it is removed {} s after it was first seen so", self.grace_seconds);
        for orphan in plan.iter().filter(|orphan| !seen.contains_key(&orphan.belonging.uid)) {
            self.tell(&orphan.belonging, "Orphaned", &grace);
        }
        let known = plan.iter().map(|orphan| (orphan.belonging.uid.clone(), orphan.since)).collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = known;
        for orphan in plan.iter().filter(|orphan| orphan.due) {
            self.remove(orphan).await?;
        }
        Ok(())
    }

    async fn status(&self, _: &Self::Observed, _: &Vec<Orphan>, (): &()) -> Result<Outcome, Error> {
        let half = Duration::from_secs(u64::from(self.grace_seconds)) / 2;
        Ok(Outcome::requeue_after(half.clamp(Duration::from_secs(1), INTERVAL)))
    }
}
