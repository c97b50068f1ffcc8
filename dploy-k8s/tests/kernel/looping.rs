//! The controller loop over real watches, with Events and conditions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dploy_k8s::cluster::events::EventType;
use dploy_k8s::cluster::{Error, Events, ObjectKey, Owner, Store};
use dploy_k8s::controller::{Outcome, Queue, Reconciler, Runner, triggers};
use dploy_k8s::testing::Filter;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Api, DeleteParams, ListParams, ObjectMeta, PostParams};
use kube::{Resource, ResourceExt};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{CLUSTER, SOON, TestResult, watched};

/// Copies every ConfigMap into a Secret that it controls.
#[derive(Clone)]
struct Copier {
    sources: Store<ConfigMap>,
    copies: Store<Secret>,
    events: Events,
    runs: Arc<AtomicUsize>,
}

#[async_trait]
impl Reconciler for Copier {
    const KIND: &'static str = "ConfigMap";
    type Observed = Arc<ConfigMap>;
    type Plan = Secret;
    type Applied = bool;
    type Error = Error;

    async fn observe(&self, key: &ObjectKey) -> Result<Option<Arc<ConfigMap>>, Error> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        Ok(self.sources.cache().get(key))
    }

    fn plan(&self, source: &Arc<ConfigMap>, _now: Timestamp) -> Secret {
        let metadata =
            ObjectMeta { namespace: source.namespace(), name: source.metadata.name.clone(), ..ObjectMeta::default() };
        Secret { metadata, string_data: None, type_: Some("Opaque".into()), ..Secret::default() }
    }

    async fn apply(&self, source: &Arc<ConfigMap>, copy: &Secret) -> Result<bool, Error> {
        let reference = OwnerReference { ..source.controller_owner_ref(&()).unwrap() };
        let owner = Owner::new(source.uid().unwrap()).with_reference(reference);
        Ok(self.copies.apply(copy, &owner).await?.is_changed())
    }

    async fn status(&self, source: &Arc<ConfigMap>, _: &Secret, changed: &bool) -> Result<Outcome, Error> {
        if *changed {
            self.events.publish(&**source, EventType::Normal, "Copied", "Copy", "made a copy");
        }
        Ok(Outcome::await_change())
    }
}

#[tokio::test]
async fn the_loop_follows_its_own_kind_and_repairs_what_it_owns_and_then_rests() -> TestResult {
    let Some(cluster) = CLUSTER.get().await? else { return Ok(()) };
    let namespace = cluster.namespace().await?;
    let client = cluster.client_as("operator")?;
    let (sources, _sources) = watched::<ConfigMap>(&client, &namespace).await;
    let (copies, _copies) = watched::<Secret>(&client, &namespace).await;
    let (queue, shutdown) = (Queue::new(), CancellationToken::new());
    triggers::own(sources.cache(), &queue, &shutdown);
    triggers::owned_by::<ConfigMap, Secret>(copies.cache(), &queue, &shutdown);
    let events = Events::new(client.clone(), "kernel-test", "kernel-test-1");
    let copier = Copier { sources, copies: copies.clone(), events, runs: Arc::default() };
    let running = tokio::spawn(Runner::new(copier.clone(), queue).run(shutdown.clone()));

    let admin = cluster.client()?;
    let secrets: Api<Secret> = Api::namespaced(admin.clone(), &namespace);
    let source =
        ConfigMap { metadata: ObjectMeta { name: Some("a".into()), ..Default::default() }, ..Default::default() };
    Api::<ConfigMap>::namespaced(admin.clone(), &namespace).create(&PostParams::default(), &source).await?;
    let key = ObjectKey::namespaced(&namespace, "a");
    let first = timeout(SOON, copies.cache().wait_for(&key, |copy| copy.and_then(ResourceExt::uid))).await?;

    secrets.delete("a", &DeleteParams::default()).await?;
    let made_again = |copy: Option<&Secret>| copy.and_then(ResourceExt::uid).filter(|uid| *uid != first);
    timeout(SOON, copies.cache().wait_for(&key, made_again)).await?;

    tokio::time::sleep(Duration::from_secs(1)).await;
    let (mark, runs) = (cluster.audit().mark()?, copier.runs.load(Ordering::SeqCst));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let writes = Filter::new().user("operator").namespace(&namespace).mutating().since(mark);
    assert_eq!(cluster.audit().count(&writes)?, 0, "with no change there is no write");
    assert_eq!(copier.runs.load(Ordering::SeqCst), runs, "and no run");

    let found = Api::<Event>::namespaced(admin, &namespace).list(&ListParams::default()).await?;
    let found: Vec<_> = found.items.iter().filter(|event| event.reason.as_deref() == Some("Copied")).collect();
    assert_eq!(found.len(), 1, "the second Event says the same of the same object");
    assert_eq!(found[0].regarding.as_ref().unwrap().name.as_deref(), Some("a"));
    shutdown.cancel();
    timeout(SOON, running).await??;
    Ok(())
}
