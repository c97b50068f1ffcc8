//! What the environments domain watches, with the indexes its decisions look things up by.

use std::sync::Arc;

use dploy_core::{
    environments::{claim::Claim, instance::Instance},
    time::Timestamp,
};
use k8s_openapi::api::{apps::v1::ControllerRevision, core::v1::Namespace};
use kube::Client;
use tokio_util::sync::CancellationToken;

use crate::{
    api::{ClaimPhase, DployInstance, DployInstanceClaim, DployTemplate, GROUP, InstancePhase, OperatorConfig},
    cluster::{Cache, CacheMetrics, Object, Rule, Store, WatchOptions, labels, watch},
};

use super::{
    convert,
    isolation::IsolationStores,
    standing::{self, STANDING},
};

/// Index of revisions by template: `<namespace>/<template>`.
pub const BY_TEMPLATE: &str = "template";
/// Index of instances and claims by owner: `<namespace>/<owner id>`.
pub const BY_OWNER: &str = "owner";
/// Index of instances by the uid of the claim they carry.
pub const BY_CLAIM: &str = "claim";
/// Index of claims that wait for their decision by template: `<namespace>/<template>`, those that asked first in front.
pub const PENDING: &str = "pending";
/// Index of the same claims by what they said of waiting too: `<namespace>/<template>/<unsaid, wait or no-wait>`.
pub const WAITING: &str = "waiting";
/// Index of free, ready members of a pool by template: `<namespace>/<template>`, the oldest in front.
pub const AVAILABLE: &str = "available";
/// Index of instances by their public uuid: `<namespace>/<template>/<uuid>`.
pub const BY_UUID: &str = "uuid";

/// Stores of everything the environments domain reads and writes.
#[derive(Clone)]
pub struct Caches {
    /// Templates.
    pub templates: Store<DployTemplate>,
    /// Instances.
    pub instances: Store<DployInstance>,
    /// Claims.
    pub claims: Store<DployInstanceClaim>,
    /// Operator configurations.
    pub configs: Store<OperatorConfig>,
    /// Workload namespaces: those with our label.
    pub namespaces: Store<Namespace>,
    /// Pinned revisions of templates: those with our label.
    pub revisions: Store<ControllerRevision>,
    /// What keeps workload namespaces to themselves.
    pub isolation: IsolationStores,
}

/// What is watched.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Every namespace: the operator.
    All,
    /// The kinds of one namespace that the API reads.
    Namespace(String),
}

/// What watching a scope asks of the API server.
pub(super) fn access(scope: &Scope) -> Vec<Rule> {
    const WATCH: &[&str] = &["list", "watch"];
    let own = ["dploytemplates", "dployinstances", "dployinstanceclaims"].map(|kind| Rule::new(GROUP, kind, WATCH));
    let configs = Rule::new(GROUP, "operatorconfigs", WATCH);
    match scope {
        Scope::Namespace(_) => own.map(Rule::at_home).into_iter().chain([configs]).collect(),
        Scope::All => {
            let made = [Rule::new("", "namespaces", WATCH), Rule::new("apps", "controllerrevisions", WATCH)];
            own.into_iter().chain([configs]).chain(made).collect()
        }
    }
}

impl Caches {
    /// Empty stores that write through `client`.
    #[must_use]
    pub fn new(client: &Client, metrics: &CacheMetrics) -> Self {
        let store = |cache| Store::new(client.clone(), cache);
        let instances = Cache::<DployInstance>::builder()
            .index(BY_OWNER, owner_index)
            .index(BY_CLAIM, |object| object.spec.claim_ref.iter().map(|claim| claim.uid.clone()).collect())
            .index(STANDING, |object| {
                vec![standing::index(&index(&object.metadata, &object.spec.template_ref), object)]
            })
            .ranked_index(
                AVAILABLE,
                |object| available_index(object).into_iter().collect(),
                |object| rank(convert::metadata(&object.metadata).created),
            )
            .index(BY_UUID, uuid_index);
        let claims = Cache::<DployInstanceClaim>::builder()
            .ranked_index(PENDING, |object| pending_index(object).into_iter().collect(), asked)
            .ranked_index(WAITING, waiting_index, asked)
            .index(BY_OWNER, |object| vec![index(&object.metadata, convert::claim_owner(object).as_str())]);
        Self {
            templates: Store::new(client.clone(), few(metrics)),
            instances: Store::new(client.clone(), instances.metrics(metrics.clone()).build()),
            claims: Store::new(client.clone(), claims.metrics(metrics.clone()).build()),
            configs: Store::new(client.clone(), few(metrics)),
            namespaces: store(cache(metrics)),
            revisions: Store::new(client.clone(), revisions(metrics)),
            isolation: IsolationStores::new(client, metrics),
        }
    }

    /// Starts to watch. The watches end with `cancel`.
    pub fn watch(&self, client: &Client, scope: &Scope, cancel: &CancellationToken) {
        let here = || match scope {
            Scope::All => WatchOptions::all(),
            Scope::Namespace(namespace) => WatchOptions::namespaced(namespace.clone()),
        };
        spawn(client, &self.templates, here(), cancel);
        spawn(client, &self.instances, here(), cancel);
        spawn(client, &self.claims, here(), cancel);
        spawn(client, &self.configs, WatchOptions::all(), cancel);
        if matches!(scope, Scope::All) {
            let ours = format!("{}=true", labels::MANAGED);
            spawn(client, &self.namespaces, WatchOptions::all().labels(ours.clone()), cancel);
            spawn(client, &self.revisions, WatchOptions::all().labels(ours), cancel);
            self.isolation.watch(client, cancel);
        }
    }

    /// The instances that `value` finds in an index, as the domain sees them.
    #[must_use]
    pub fn find_instances(&self, by: &'static str, value: &str) -> Vec<Arc<Instance>> {
        let found = self.instances.cache().by_index(by, value);
        found.iter().map(|object| Arc::new(convert::instance(object))).collect()
    }

    /// The claims that `value` finds in an index, as the domain sees them.
    #[must_use]
    pub fn find_claims(&self, by: &'static str, value: &str) -> Vec<Arc<Claim>> {
        let found = self.claims.cache().by_index(by, value);
        found.iter().map(|object| Arc::new(convert::claim(object))).collect()
    }

    /// Whether everything in `scope` has been listed.
    #[must_use]
    pub fn synced(&self, scope: &Scope) -> bool {
        let read = self.templates.cache().synced()
            && self.instances.cache().synced()
            && self.claims.cache().synced()
            && self.configs.cache().synced();
        read && (matches!(scope, Scope::Namespace(_))
            || (self.namespaces.cache().synced() && self.revisions.cache().synced() && self.isolation.synced()))
    }

    /// Waits until everything in `scope` has been listed.
    pub async fn wait_synced(&self, scope: &Scope) {
        tokio::join!(
            self.templates.cache().wait_synced(),
            self.instances.cache().wait_synced(),
            self.claims.cache().wait_synced(),
            self.configs.cache().wait_synced(),
        );
        if matches!(scope, Scope::All) {
            tokio::join!(
                self.namespaces.cache().wait_synced(),
                self.revisions.cache().wait_synced(),
                self.isolation.wait_synced(),
            );
        }
    }

    /// Lists everything in `scope` again, and waits for it: from then on nothing that any process wrote before this call
    /// is missing. A new leader does this before it decides.
    pub async fn refresh(&self, scope: &Scope) {
        tokio::join!(
            self.templates.cache().refresh(),
            self.instances.cache().refresh(),
            self.claims.cache().refresh(),
            self.configs.cache().refresh(),
        );
        if matches!(scope, Scope::All) {
            tokio::join!(self.namespaces.cache().refresh(), self.revisions.cache().refresh(), self.isolation.refresh(),);
        }
    }
}

fn spawn<K: Object>(client: &Client, store: &Store<K>, options: WatchOptions, cancel: &CancellationToken) {
    drop(watch::spawn(client.clone(), store.cache().clone(), options, cancel.clone()));
}

fn cache<K: Object>(metrics: &CacheMetrics) -> Cache<K> {
    Cache::builder().metrics(metrics.clone()).build()
}

fn few<K: Object>(metrics: &CacheMetrics) -> Cache<K> {
    Cache::builder().few().metrics(metrics.clone()).build()
}

fn revisions(metrics: &CacheMetrics) -> Cache<ControllerRevision> {
    let template = |object: &ControllerRevision| {
        let annotations = object.metadata.annotations.as_ref();
        let name = annotations.and_then(|known| known.get(super::revision::TEMPLATE_NAME));
        name.map(|name| index(&object.metadata, name)).into_iter().collect()
    };
    Cache::builder().few().index(BY_TEMPLATE, template).metrics(metrics.clone()).build()
}

/// The value under which an index finds `value` in the namespace of an object.
fn index(meta: &kube::api::ObjectMeta, value: &str) -> String {
    index_value(meta.namespace.as_deref().unwrap_or_default(), value)
}

/// The value under which an index finds `value` in `namespace`.
#[must_use]
pub fn index_value(namespace: &str, value: &str) -> String {
    format!("{namespace}/{value}")
}

/// Where a claim that waits for its decision is found.
pub(super) fn pending_index(claim: &DployInstanceClaim) -> Option<String> {
    let phase = claim.status.as_ref().and_then(|status| status.phase).unwrap_or_default();
    let pending = phase == ClaimPhase::Pending && claim.metadata.deletion_timestamp.is_none();
    pending.then(|| index(&claim.metadata, &claim.spec.template_ref))
}

/// The value under which [`WAITING`] finds claims of `template`, written `<namespace>/<name>`, that said so of waiting.
pub(super) fn waiting_value(template: &str, wait_for_pool: Option<bool>) -> String {
    let said = match wait_for_pool {
        None => "unsaid",
        Some(true) => "wait",
        Some(false) => "no-wait",
    };
    format!("{template}/{said}")
}

fn waiting_index(claim: &DployInstanceClaim) -> Vec<String> {
    pending_index(claim).map(|template| waiting_value(&template, claim.spec.wait_for_pool)).into_iter().collect()
}

/// The place in line of what was created then; among those of one second the name decides.
pub(super) fn rank(created: Timestamp) -> String {
    format!("{:012}", created.unix_seconds())
}

fn asked(claim: &DployInstanceClaim) -> String {
    rank(convert::metadata(&claim.metadata).created)
}

/// Where a free, ready member of a pool is found.
pub(super) fn available_index(instance: &DployInstance) -> Option<String> {
    let spec = &instance.spec;
    let ready = instance.status.as_ref().and_then(|status| status.phase) == Some(InstancePhase::Available);
    let free = spec.pooled && spec.owner.is_empty() && spec.claim_ref.is_none();
    let available = ready && free && instance.metadata.deletion_timestamp.is_none();
    available.then(|| index(&instance.metadata, &spec.template_ref))
}

fn uuid_index(object: &DployInstance) -> Vec<String> {
    let status = object.status.as_ref().filter(|status| !status.uuid.is_empty());
    status
        .map(|status| index(&object.metadata, &format!("{}/{}", object.spec.template_ref, status.uuid)))
        .into_iter()
        .collect()
}

fn owner_index(object: &DployInstance) -> Vec<String> {
    convert::instance_owner(object).iter().map(|owner| index(&object.metadata, owner.as_str())).collect()
}
