//! Which change wakes which controller.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::{
    api::{DployInstance, DployInstanceClaim, DployTemplate},
    cluster::{Cache, Change, Object, ObjectKey as Key},
    controller::{Queue, triggers},
};

use super::{
    Caches,
    caches::{AVAILABLE, BY_CLAIM, PENDING, available_index, index_value, pending_index},
    controllers::{Context, follow::follows, objects::instance_of},
    convert, revision, standing,
};

/// For so long changes of instances are gathered before their template is looked at, which looks at all of them.
const GATHERED: Duration = Duration::from_millis(250);

/// One queue for each kind.
#[derive(Clone, Default)]
pub(super) struct Queues {
    pub(super) claims: Queue,
    pub(super) instances: Queue,
    pub(super) templates: Queue,
    pub(super) configs: Queue,
    pub(super) orphans: Queue,
}

impl Queues {
    /// Which change wakes which object.
    pub(super) fn watch(&self, context: &Arc<Context>, cancel: &CancellationToken) {
        let caches = &context.caches;
        let (claims, instances, templates) =
            (caches.claims.cache(), caches.instances.cache(), caches.templates.cache());
        started(triggers::own(claims, &self.claims, cancel));
        started(triggers::own(instances, &self.instances, cancel));
        started(triggers::own(templates, &self.templates, cancel));
        started(triggers::own(caches.configs.cache(), &self.configs, cancel));
        started(triggers::mapped(instances, &self.claims, cancel, |change| {
            let claim =
                |instance: &DployInstance| Some(beside(instance, instance.spec.claim_ref.as_ref()?.name.clone()));
            both(change, claim)
        }));
        let all = instances.clone();
        started(triggers::mapped(claims, &self.instances, cancel, move |change| {
            let named =
                both(change, |claim| Some(beside(claim, claim.status.as_ref()?.instance_ref.as_ref()?.name.clone())));
            let adopted = both(change, |claim| Some(beside(claim, claim.spec.instance_ref.as_ref()?.name.clone())));
            let uids = [change.old.as_deref(), change.new.as_deref()]
                .into_iter()
                .flatten()
                .filter_map(|claim| claim.metadata.uid.clone());
            let carriers = uids.flat_map(|uid| all.find(BY_CLAIM, &uid)).map(|instance| instance.key);
            named.into_iter().chain(adopted).chain(carriers).collect()
        }));
        started(triggers::gathered(instances, &self.templates, cancel, GATHERED, |change| {
            if seen_by_template(change.old.as_deref()) == seen_by_template(change.new.as_deref()) {
                return Vec::new();
            }
            both(change, |instance| Some(beside(instance, instance.spec.template_ref.clone())))
        }));
        self.watch_pools(caches, cancel);
        self.watch_templates(context, cancel);
        self.watch_effects(context, cancel);
    }

    /// A member that becomes free, and a claim that is decided, matter to the claims that wait for a member; an edit of
    /// their template to all of them.
    fn watch_pools(&self, caches: &Caches, cancel: &CancellationToken) {
        let all = caches.clone();
        started(triggers::mapped(caches.instances.cache(), &self.claims, cancel, move |change| {
            let index = |instance: &Option<Arc<DployInstance>>| instance.as_deref().and_then(available_index);
            index(&change.new).filter(|_| index(&change.old).is_none()).map(|at| turns(&all, &at)).unwrap_or_default()
        }));
        let all = caches.clone();
        started(triggers::mapped(caches.claims.cache(), &self.claims, cancel, move |change| {
            let index = |claim: &Option<Arc<DployInstanceClaim>>| claim.as_deref().and_then(pending_index);
            index(&change.old).filter(|_| index(&change.new).is_none()).map(|at| turns(&all, &at)).unwrap_or_default()
        }));
        let all = caches.claims.cache().clone();
        started(triggers::mapped(caches.templates.cache(), &self.claims, cancel, move |change| {
            if !is_respecified(change) {
                return Vec::new();
            }
            let index = index_value(change.key.namespace.as_deref().unwrap_or_default(), &change.key.name);
            all.find(PENDING, &index).into_iter().map(|claim| claim.key).collect()
        }));
    }

    /// Puts every object into its queue again and again.
    pub(super) async fn resync(self, caches: Caches, every: Duration, cancel: CancellationToken) {
        while cancel.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
            add_all(caches.configs.cache(), &self.configs);
            add_all(caches.templates.cache(), &self.templates);
            add_all(caches.claims.cache(), &self.claims);
            add_all(caches.instances.cache(), &self.instances);
        }
    }

    /// A template or the configuration matters to instances that are not pinned yet or follow their template, the
    /// configuration to templates.
    fn watch_templates(&self, context: &Arc<Context>, cancel: &CancellationToken) {
        let caches = &context.caches;
        let all = caches.instances.cache().clone();
        started(triggers::mapped(caches.templates.cache(), &self.instances, cancel, move |change| {
            let index = index_value(change.key.namespace.as_deref().unwrap_or_default(), &change.key.name);
            let moved = change.new.as_deref().is_some_and(follows) && is_respecified(change);
            let mut concerned = standing::unpinned(&all, &index);
            if moved {
                concerned.extend(standing::on_demand(&all, &index));
            }
            concerned
        }));
        let (all, templates) = (caches.instances.cache().clone(), caches.templates.cache().clone());
        started(triggers::mapped(caches.configs.cache(), &self.instances, cancel, move |_| {
            let template =
                |instance: &DployInstance| templates.get(&beside(instance, instance.spec.template_ref.clone()));
            let following = |instance: &DployInstance| template(instance).is_some_and(|template| follows(&template));
            let concerned =
                |instance: &Arc<DployInstance>| is_unpinned(instance) || (!instance.spec.pooled && following(instance));
            all.scan().filter(concerned).map(|instance| Key::of(&*instance)).collect()
        }));
        let all = caches.templates.cache().clone();
        started(triggers::mapped(caches.configs.cache(), &self.templates, cancel, move |_| all.keys()));
        started(triggers::mapped(caches.revisions.cache(), &self.templates, cancel, |change| {
            both(change, |revision| {
                let name = revision.metadata.annotations.as_ref()?.get(revision::TEMPLATE_NAME)?;
                Some(beside(revision, name.clone()))
            })
        }));
    }

    /// What instances have made wakes them.
    fn watch_effects(&self, context: &Arc<Context>, cancel: &CancellationToken) {
        started(triggers::mapped(context.caches.namespaces.cache(), &self.instances, cancel, |change| {
            both(change, instance_of)
        }));
        context.caches.isolation.wake(&context.caches.namespaces, &self.instances, cancel);
        for engine in context.engines.values() {
            let changed = engine.changes().map(|key| Key::namespaced(key.namespace, key.name));
            started(triggers::told(changed, &self.instances, cancel));
        }
    }
}

fn add_all<K: Object>(cache: &Cache<K>, queue: &Queue) {
    cache.keys().into_iter().for_each(|key| queue.add_when_idle(key));
}

/// The tasks end with the token that they were given.
pub(super) fn started(task: tokio::task::JoinHandle<()>) {
    drop(task);
}

/// The claims whose turn it is: as many as there are free members, the first that asked.
fn turns(caches: &Caches, index: &str) -> Vec<Key> {
    let pending = caches.claims.cache().find(PENDING, index);
    if pending.is_empty() {
        return Vec::new();
    }
    let free = caches.instances.cache().find(AVAILABLE, index).len();
    pending.into_iter().take(free).map(|claim| claim.key).collect()
}

/// Whether a template says something else than before, in its spec or in what its texts can read of its metadata.
fn is_respecified(change: &Change<DployTemplate>) -> bool {
    let notes = |template: &Option<Arc<DployTemplate>>| {
        template.as_ref().map(|template| (template.metadata.labels.clone(), template.metadata.annotations.clone()))
    };
    change.generation_changed() || notes(&change.old) != notes(&change.new)
}

fn is_unpinned(instance: &DployInstance) -> bool {
    convert::pinned_revision(instance).is_none()
}

/// What a template's pool and revisions depend on: of an instance on demand only that it is there, and on which revision.
fn seen_by_template(instance: Option<&DployInstance>) -> Option<impl PartialEq> {
    let instance = instance?;
    let (meta, spec) = (&instance.metadata, &instance.spec);
    let phase = instance.status.as_ref().and_then(|status| status.phase);
    Some((
        (meta.uid.clone(), meta.deletion_timestamp.is_some(), spec.template_ref.clone()),
        convert::pinned_revision(instance).map(str::to_owned),
        spec.pooled.then(|| (phase, spec.owner.is_empty(), spec.claim_ref.is_none())),
    ))
}

/// The key of `name` in the namespace of `object`.
fn beside<K: Object>(object: &K, name: String) -> Key {
    Key { namespace: object.meta().namespace.clone(), name }
}

/// What a change says before and after.
fn both<K: Object>(change: &Change<K>, key: impl Fn(&K) -> Option<Key>) -> Vec<Key> {
    let mut keys: Vec<_> =
        [change.old.as_deref(), change.new.as_deref()].into_iter().flatten().filter_map(key).collect();
    keys.dedup();
    keys
}
