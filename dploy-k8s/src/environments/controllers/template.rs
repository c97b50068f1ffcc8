use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use dploy_core::{
    condition::{ACCEPTED, PROGRESSING, READY},
    environments::{
        instance::{Instance, InstancePhase},
        plan::pool::{Action, Counters, Observation, count, desired_free, plan_pool},
        rendering::reads_claims_dynamically,
    },
    plan::Plan,
};
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::apps::v1::ControllerRevision;
use kube::runtime::events::EventType;

use crate::{
    api::{DployInstance, DployTemplate, GROUP},
    cluster::{
        self, ObjectKey as Key, Rule,
        condition::{ConditionUpdate, set_condition},
    },
    controller::{Outcome, Reconciler},
    environments::{
        caches::{BY_TEMPLATE, index_value},
        catalog::{ENGINE_NOT_AVAILABLE, Entry},
        convert::{self, Refusal},
        standing::{self, Standing},
    },
};

use super::{Context, Error, context::domain_key, follow::outdated, objects, provision::ensure_revision};

/// What this controller asks of the API server.
pub(super) const ACCESS: &[Rule] = &[
    Rule::new(GROUP, "dploytemplates/status", &["update"]),
    Rule::new(GROUP, "dployinstances", &["create", "delete"]),
    Rule::new("apps", "controllerrevisions", &["delete"]),
];

/// How many members of one pool are written at once.
const POOL_CONCURRENCY: usize = 16;
/// How soon a template whose engine cannot work is looked at again: no watch tells that an engine was installed.
const ENGINE_POLL: Duration = Duration::from_secs(15);

/// Accepts templates, keeps their pools filled and their revisions tidy.
pub(crate) struct TemplateReconciler {
    context: Arc<Context>,
    /// Failures in a row by slot, remembered from the removal of a failed member until one of the slot is ready.
    failures: Mutex<BTreeMap<Key, BTreeMap<String, u32>>>,
}

/// A template with what its decision needs; also one that is gone but has left members or revisions.
pub(crate) struct Observed {
    key: Key,
    object: Option<Arc<DployTemplate>>,
    verdict: Option<Result<Arc<Entry>, Refusal>>,
    standing: Standing,
    members: Vec<Arc<Instance>>,
    /// The names that its pool cannot use: those of its instances on demand. Without a pool nobody asks.
    names: BTreeSet<String>,
    revisions: Vec<Arc<ControllerRevision>>,
    failures: BTreeMap<String, u32>,
    outdated: BTreeSet<String>,
}

impl Observed {
    fn entry(&self) -> Option<&Arc<Entry>> {
        self.verdict.as_ref()?.as_ref().ok()
    }

    fn counters(&self) -> Counters {
        let counters = count(&self.members);
        Counters { total: counters.total + self.standing.on_demand, ..counters }
    }
}

impl TemplateReconciler {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, failures: Mutex::default() }
    }
}

#[async_trait]
impl Reconciler for TemplateReconciler {
    const KIND: &'static str = "DployTemplate";
    type Observed = Observed;
    type Plan = Plan<Action>;
    type Applied = ();
    type Error = Error;

    async fn observe(&self, key: &Key) -> Result<Option<Observed>, Error> {
        let caches = &self.context.caches;
        let index = index_value(key.namespace.as_deref().unwrap_or_default(), &key.name);
        let object = caches.templates.cache().get(key).filter(|object| object.metadata.deletion_timestamp.is_none());
        let standing = Standing::of(caches.instances.cache(), &index);
        let revisions = caches.revisions.cache().by_index(BY_TEMPLATE, &index);
        if object.is_none() && !standing.any && revisions.is_empty() {
            return Ok(None);
        }
        let verdict = object.as_ref().map(|object| self.context.catalog.current(caches, object));
        let failures =
            self.failures.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned().unwrap_or_default();
        let newest = verdict.as_ref().and_then(|verdict| verdict.as_ref().ok());
        let instances = caches.instances.cache();
        let found = standing::members(instances, &index).into_iter().filter_map(|key| instances.get(&key));
        let members: Vec<_> = found.map(|member| Arc::new(convert::instance(&member))).collect();
        let pool = newest.is_some_and(|entry| entry.compiled.revision.template.pool().is_some());
        let others = if pool { standing::on_demand(instances, &index) } else { Vec::new() };
        let names = others.into_iter().map(|key| key.name).collect();
        let outdated = newest
            .map(|entry| outdated(&members, &entry.compiled.revision, caches, &self.context.catalog))
            .unwrap_or_default();
        Ok(Some(Observed {
            key: key.clone(),
            object,
            verdict,
            standing,
            members,
            names,
            revisions,
            failures,
            outdated,
        }))
    }

    fn plan(&self, observed: &Observed, now: jiff::Timestamp) -> Plan<Action> {
        let template = observed.entry().map(|entry| &entry.compiled.revision.template);
        // A template that is there but not accepted keeps the members that it has.
        if observed.object.is_some() && template.is_none() {
            return Plan::default();
        }
        let seen = Observation {
            template,
            members: &observed.members,
            names: &observed.names,
            failures: &observed.failures,
            outdated: &observed.outdated,
            drained: observed.entry().is_some_and(|entry| entry.marks.drained),
        };
        plan_pool(&seen, now.into())
    }

    async fn apply(&self, observed: &Observed, plan: &Plan<Action>) -> Result<(), Error> {
        let namespace = observed.key.namespace.clone().unwrap_or_default();
        if let Some(entry) = observed.entry() {
            ensure_revision(&self.context.caches, &namespace, &entry.content).await?;
        }
        self.note_failures(observed, plan);
        let writes: Vec<_> = plan.actions.iter().map(|action| self.act(observed, action)).collect();
        stream::iter(writes).buffer_unordered(POOL_CONCURRENCY).try_for_each(|()| async { Ok(()) }).await?;
        self.tidy(observed).await
    }

    async fn status(&self, observed: &Observed, plan: &Plan<Action>, (): &()) -> Result<Outcome, Error> {
        let now = self.context.now();
        if let (Some(object), Some(verdict)) = (&observed.object, &observed.verdict) {
            let desired = with_status(object, verdict, observed, now.into());
            let written = self.context.caches.templates.replace_status(object, &desired).await?;
            if let (true, Err(refusal)) = (written.is_changed(), verdict) {
                self.context.events.publish(&**object, EventType::Warning, "NotAccepted", "Accept", &refusal.message);
            }
        }
        let waits = matches!(&observed.verdict, Some(Err(refusal)) if refusal.reason == ENGINE_NOT_AVAILABLE);
        let asked = if waits { Outcome::requeue_after(ENGINE_POLL) } else { Outcome::await_change() };
        let planned = plan.wake_at.map_or_else(Outcome::await_change, |at| Outcome::requeue_at(at.into(), now.into()));
        Ok(asked.or_earlier(planned))
    }
}

impl TemplateReconciler {
    async fn act(&self, observed: &Observed, action: &Action) -> Result<(), Error> {
        let namespace = observed.key.namespace.clone().unwrap_or_default();
        let instances = &self.context.caches.instances;
        match action {
            Action::Create { name, attempt } => {
                let member = objects::pool_member(&namespace, &observed.key.name, name.clone(), *attempt);
                match instances.create(&member).await {
                    // Another writer had the slot first; the next look sees its member.
                    Ok(_) | Err(cluster::Error::AlreadyExists { .. }) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            }
            Action::Remove(member) => {
                let live = instances.cache().get(&Key::namespaced(&namespace, &member.name));
                // It may have been claimed since it was looked at; a claim that comes now changes its resourceVersion.
                let same = |live: &Arc<DployInstance>| live.metadata.uid.as_ref() == Some(&member.uid);
                match live.filter(same).filter(|live| convert::instance(live).is_free()) {
                    Some(live) => Ok(instances.delete(&live).await?),
                    None => Ok(()),
                }
            }
        }
    }

    /// Counts failures of the members that are about to be replaced, and forgets those of slots that are ready.
    fn note_failures(&self, observed: &Observed, plan: &Plan<Action>) {
        let mut all = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(observed.key.clone()).or_default();
        for member in &observed.members {
            let slot = &member.meta.key.name;
            let removed = plan.actions.contains(&Action::Remove(member.reference()));
            if member.status.phase.is_usable() {
                known.remove(slot);
            } else if member.status.phase == InstancePhase::Failed && removed {
                known.insert(slot.clone(), member.attempt + 1);
            }
        }
        if known.is_empty() {
            all.remove(&observed.key);
        }
    }

    /// Removes revisions, and what an engine shares between releases of them, that nothing needs any more.
    async fn tidy(&self, observed: &Observed) -> Result<(), Error> {
        let mut kept = observed.standing.revisions.clone();
        // An instance that has no pin yet may be about to get the current revision.
        kept.extend(observed.entry().map(|entry| entry.compiled.revision.name.clone()));
        if observed.object.is_some() && observed.entry().is_none() {
            return Ok(());
        }
        for engine in self.context.engines.values() {
            engine.retain(&domain_key(&observed.key), &kept).await?;
        }
        for revision in observed.revisions.iter().filter(|_| !observed.standing.unpinned) {
            if !kept.contains(revision.metadata.name.as_deref().unwrap_or_default()) {
                self.context.caches.revisions.delete(revision).await?;
            }
        }
        self.context.catalog.forget(&domain_key(&observed.key), &kept);
        Ok(())
    }
}

fn with_status(
    object: &DployTemplate,
    verdict: &Result<Arc<Entry>, Refusal>,
    observed: &Observed,
    now: jiff::Timestamp,
) -> DployTemplate {
    let counters = observed.counters();
    let generation = object.metadata.generation;
    let mut desired = object.clone();
    let status = desired.status.get_or_insert_default();
    status.pool_available = i64::from(counters.available);
    status.pool_claimed = i64::from(counters.claimed);
    status.pool_total = i64::from(counters.total);
    status.observed_generation = generation;
    for (kind, holds, reason, message) in conditions(verdict, observed, counters) {
        let update = ConditionUpdate {
            type_: kind.to_owned(),
            status: holds.into(),
            reason: reason.to_owned(),
            message,
            observed_generation: generation,
        };
        set_condition(&mut status.conditions, update, now);
    }
    desired
}

type Told = (&'static str, bool, &'static str, String);

fn conditions(verdict: &Result<Arc<Entry>, Refusal>, observed: &Observed, counters: Counters) -> [Told; 3] {
    let entry = match verdict {
        Ok(entry) => entry,
        Err(refusal) => {
            let told = |kind, holds| (kind, holds, refusal.reason, refusal.message.clone());
            return [told(ACCEPTED, false), told(PROGRESSING, false), told(READY, false)];
        }
    };
    let revision = &entry.compiled.revision;
    let accepted = match &entry.compiled.renderer {
        Err(error) => (ACCEPTED, false, error.reason, error.error.report()),
        Ok(_) if reads_claims_dynamically(&revision.template, &revision.settings) => {
            let message = "a text reads .Claims in a way whose names cannot be told; only claims named literally are kept, list others in claims";
            (ACCEPTED, true, "Accepted", message.to_owned())
        }
        Ok(_) => (ACCEPTED, true, "Accepted", String::new()),
    };
    let marks = entry.marks;
    let desired = desired_free(Some(&revision.template).filter(|_| !marks.drained), &observed.members);
    let filling = counters.available < desired;
    let message =
        if desired > 0 { format!("{} of {desired} free members are ready", counters.available) } else { String::new() };
    let reason = if filling { "PoolFilling" } else { "Settled" };
    let (ready, why, told) = match accepted {
        (_, false, refused, _) => (false, refused, message.clone()),
        _ if marks.cordoned => (false, "Cordoned", "an administrator stopped new environments".to_owned()),
        _ if marks.drained => (true, "Drained", "an administrator keeps the pool empty".to_owned()),
        _ if filling => (false, "PoolFilling", message.clone()),
        _ => (true, "Ready", message.clone()),
    };
    [accepted, (PROGRESSING, filling, reason, message), (READY, ready, why, told)]
}
