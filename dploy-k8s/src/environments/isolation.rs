//! What keeps a workload namespace to itself: Pod Security labels, a ResourceQuota, a LimitRange and a NetworkPolicy.

use std::collections::BTreeMap;

use dploy_core::environments::isolation::{Isolation, IsolationLevel, Peer, Port, PortName, TrafficRule};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Client, api::ObjectMeta};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{
        Cache, CacheMetrics, Change, Error, Object, ObjectKey as Key, Owner, Rule, Store, WatchOptions, labels, owns,
        watch,
    },
    controller::{Queue, triggers},
    foreign::slice::{LimitSlice, PolicySlice, QuotaSlice, Slice},
};

use super::controllers::objects::instance_of;

/// What isolation asks of the API server.
pub(super) const ACCESS: &[Rule] = &[
    Rule::new("", "resourcequotas", VERBS),
    Rule::new("", "limitranges", VERBS),
    Rule::new("networking.k8s.io", "networkpolicies", VERBS),
];
const VERBS: &[&str] = &["get", "list", "watch", "create", "patch", "delete"];

/// The name of each of the three objects.
const NAME: &str = "dploy-isolation";
/// The label that Pod Security admission enforces, and the version of the standard that is meant.
const ENFORCE: (&str, &str) = ("pod-security.kubernetes.io/enforce", "pod-security.kubernetes.io/enforce-version");
/// Where the node-local DNS cache answers, on every node.
const NODE_LOCAL_DNS: &str = "169.254.20.10/32";

/// The objects that keep workload namespaces to themselves, of all namespaces.
#[derive(Clone)]
pub struct IsolationStores {
    quotas: Store<QuotaSlice>,
    limits: Store<LimitSlice>,
    policies: Store<PolicySlice>,
}

/// A workload namespace and the labels of what is made in it.
pub(super) struct Place<'a> {
    pub(super) namespace: &'a str,
    pub(super) labels: BTreeMap<String, String>,
}

impl IsolationStores {
    pub(super) fn new(client: &Client, metrics: &CacheMetrics) -> Self {
        Self { quotas: store(client, metrics), limits: store(client, metrics), policies: store(client, metrics) }
    }

    pub(super) fn watch(&self, client: &Client, cancel: &CancellationToken) {
        let ours = || WatchOptions::all().labels(format!("{}=true", labels::MANAGED));
        drop(watch::spawn(client.clone(), self.quotas.cache().clone(), ours(), cancel.clone()));
        drop(watch::spawn(client.clone(), self.limits.cache().clone(), ours(), cancel.clone()));
        drop(watch::spawn(client.clone(), self.policies.cache().clone(), ours(), cancel.clone()));
    }

    pub(super) fn synced(&self) -> bool {
        self.quotas.cache().synced() && self.limits.cache().synced() && self.policies.cache().synced()
    }

    pub(super) async fn wait_synced(&self) {
        tokio::join!(
            self.quotas.cache().wait_synced(),
            self.limits.cache().wait_synced(),
            self.policies.cache().wait_synced()
        );
    }

    pub(super) async fn refresh(&self) {
        tokio::join!(self.quotas.cache().refresh(), self.limits.cache().refresh(), self.policies.cache().refresh());
    }

    /// Wakes the instance whose profile somebody else has changed. That it was made, or that the server told its use,
    /// wakes nobody.
    pub(super) fn wake(&self, namespaces: &Store<Namespace>, queue: &Queue, cancel: &CancellationToken) {
        drift(&self.quotas, namespaces, queue, cancel);
        drift(&self.limits, namespaces, queue, cancel);
        drift(&self.policies, namespaces, queue, cancel);
    }

    /// Makes the profile so, in one order; what is not asked for is removed if it is `owner`'s.
    pub(super) async fn ensure(
        &self,
        place: Place<'_>,
        isolation: Option<&Isolation>,
        owner: &Owner,
    ) -> Result<(), Error> {
        let meta = metadata(place.namespace, place.labels);
        let [quota, limits, policy] = isolation.map(specs).unwrap_or_default();
        one(&self.quotas, &meta, quota, owner).await?;
        one(&self.limits, &meta, limits, owner).await?;
        one(&self.policies, &meta, policy, owner).await
    }
}

/// The objects of a profile in the order in which they are applied, without what only a live instance gives them.
#[must_use]
pub fn objects(isolation: &Isolation, namespace: &str, labels: BTreeMap<String, String>) -> Vec<Value> {
    let meta = metadata(namespace, labels);
    let [quota, limits, policy] = specs(isolation);
    let quota = quota.map(|spec| json!(QuotaSlice::new(meta.clone(), spec)));
    let limits = limits.map(|spec| json!(LimitSlice::new(meta.clone(), spec)));
    let policy = policy.map(|spec| json!(PolicySlice::new(meta.clone(), spec)));
    [quota, limits, policy].into_iter().flatten().collect()
}

fn metadata(namespace: &str, labels: BTreeMap<String, String>) -> ObjectMeta {
    ObjectMeta {
        name: Some(NAME.to_owned()),
        namespace: Some(namespace.to_owned()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

/// What quota, limits and policy say; `None` where there is to be none.
fn specs(isolation: &Isolation) -> [Option<Value>; 3] {
    [quota(isolation), limit_range(isolation), Some(policy(isolation))]
}

fn store<K>(client: &Client, metrics: &CacheMetrics) -> Store<Slice<K>>
where
    Slice<K>: Object,
{
    Store::new(client.clone(), Cache::<Slice<K>>::builder().modify(Slice::trim).metrics(metrics.clone()).build())
}

async fn one<K>(store: &Store<Slice<K>>, meta: &ObjectMeta, spec: Option<Value>, owner: &Owner) -> Result<(), Error>
where
    Slice<K>: Object,
{
    if let Some(spec) = spec {
        return store.apply(&Slice::new(meta.clone(), spec), owner).await.map(drop);
    }
    let key = Key::namespaced(meta.namespace.as_deref().unwrap_or_default(), NAME);
    match store.cache().get(&key).filter(|live| owns(&live.metadata, owner.uid())) {
        Some(live) if live.metadata.deletion_timestamp.is_none() => store.delete_uid(&live).await.map(drop),
        _ => Ok(()),
    }
}

fn drift<K: 'static>(store: &Store<Slice<K>>, namespaces: &Store<Namespace>, queue: &Queue, cancel: &CancellationToken)
where
    Slice<K>: Object,
{
    let namespaces = namespaces.cache().clone();
    drop(triggers::mapped(store.cache(), queue, cancel, move |change| {
        let namespace = change.key.namespace.as_deref().filter(|_| drifted(change)).map(Key::cluster);
        let found = namespace.and_then(|key| namespaces.get(&key));
        found.and_then(|namespace| instance_of(&namespace)).into_iter().collect()
    }));
}

fn drifted<K>(change: &Change<Slice<K>>) -> bool {
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => !old.same(new),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The labels by which Pod Security admission holds a namespace to the level; none where there is no profile.
#[must_use]
pub fn pod_security_labels(isolation: Option<&Isolation>) -> BTreeMap<String, String> {
    let level = match isolation.map(|isolation| isolation.level) {
        None | Some(IsolationLevel::None) => return BTreeMap::new(),
        Some(level) => level.as_str(),
    };
    [(ENFORCE.0.to_owned(), level.to_owned()), (ENFORCE.1.to_owned(), "latest".to_owned())].into()
}

fn quota(isolation: &Isolation) -> Option<Value> {
    (!isolation.resource_quota.is_empty()).then(|| json!({ "hard": isolation.resource_quota }))
}

fn limit_range(isolation: &Isolation) -> Option<Value> {
    let mut container = Map::new();
    container.insert("type".to_owned(), json!("Container"));
    for (field, amounts) in [("default", &isolation.default_limits), ("defaultRequest", &isolation.default_requests)] {
        if !amounts.is_empty() {
            container.insert(field.to_owned(), json!(amounts));
        }
    }
    (container.len() > 1).then(|| json!({ "limits": [container] }))
}

/// Denies all traffic but that within the namespace, name resolution, and the exceptions.
fn policy(isolation: &Isolation) -> Value {
    let within = json!([{ "podSelector": {} }]);
    let mut ingress = vec![json!({ "from": within })];
    ingress.extend(isolation.ingress.iter().map(|exception| rule("from", exception)));
    let mut egress = vec![json!({ "to": within }), dns()];
    egress.extend(isolation.egress.iter().map(|exception| rule("to", exception)));
    json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": ingress, "egress": egress })
}

/// Name resolution by whatever the cluster runs, in whichever of its namespaces, or by the node's cache.
fn dns() -> Value {
    let ports: Vec<_> = ["UDP", "TCP"]
        .into_iter()
        .flat_map(|protocol| [53, 5353].map(|port| json!({ "protocol": protocol, "port": port })))
        .collect();
    json!({ "to": [{ "namespaceSelector": {} }, { "ipBlock": { "cidr": NODE_LOCAL_DNS } }], "ports": ports })
}

fn rule(side: &str, exception: &TrafficRule) -> Value {
    let mut rule = Map::new();
    if !exception.peers.is_empty() {
        rule.insert(side.to_owned(), exception.peers.iter().map(peer).collect());
    }
    if !exception.ports.is_empty() {
        rule.insert("ports".to_owned(), exception.ports.iter().map(port).collect());
    }
    Value::Object(rule)
}

fn peer(peer: &Peer) -> Value {
    match peer {
        Peer::Pods { namespace, pod } => {
            let mut selectors = Map::new();
            for (name, chosen) in [("namespaceSelector", namespace), ("podSelector", pod)] {
                if let Some(chosen) = chosen {
                    let selector = if chosen.is_empty() { json!({}) } else { json!({ "matchLabels": chosen }) };
                    selectors.insert(name.to_owned(), selector);
                }
            }
            Value::Object(selectors)
        }
        Peer::Addresses { cidr, except } if except.is_empty() => json!({ "ipBlock": { "cidr": cidr } }),
        Peer::Addresses { cidr, except } => json!({ "ipBlock": { "cidr": cidr, "except": except } }),
    }
}

fn port(port: &Port) -> Value {
    let mut written = Map::from_iter([("protocol".to_owned(), json!(port.protocol))]);
    match &port.port {
        Some(PortName::Number(number)) => _ = written.insert("port".to_owned(), json!(number)),
        Some(PortName::Name(name)) => _ = written.insert("port".to_owned(), json!(name)),
        None => {}
    }
    if let Some(end) = port.end_port {
        written.insert("endPort".to_owned(), json!(end));
    }
    Value::Object(written)
}
