//! What the tests of the whole operator share: a namespace of one's own, and looks at what is in it.

use std::{
    fmt::Debug,
    future::Future,
    panic::{AssertUnwindSafe, resume_unwind},
    time::{Duration, Instant},
};

use dploy_core::{environments::naming::claim_name, id::OwnerId};
use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate},
    foreign::flux::{GitRepository, HelmRelease, HelmRepository, OciRepository},
    testing::{Cluster, SharedCluster},
};
use futures::FutureExt as _;
use k8s_openapi::{NamespaceResourceScope, api::core::v1::Namespace};
use kube::{
    Api, Client, Resource,
    api::{ListParams, PostParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How long anything may take on a machine that is busy.
pub const LIMIT: Duration = Duration::from_secs(300);

/// One test's namespace on the cluster of its binary.
#[derive(Clone)]
pub struct World {
    pub cluster: &'static Cluster,
    pub client: Client,
    pub namespace: String,
}

/// Runs a test in a namespace of its own, or counts it as skipped where the servers are missing.
pub fn run<F: Future<Output = ()>>(runtime: &Runtime, shared: &'static SharedCluster, test: impl FnOnce(World) -> F) {
    runtime.block_on(async {
        let Some(cluster) = shared.get().await.unwrap() else { return };
        cluster.install_crds(&dploy_k8s::crds()).await.unwrap();
        let namespace = cluster.namespace().await.unwrap();
        let world = World { cluster, client: cluster.client().unwrap(), namespace };
        if let Err(panic) = AssertUnwindSafe(test(world.clone())).catch_unwind().await {
            world.tell().await;
            resume_unwind(panic);
        }
    });
}

/// A kind whose objects live in namespaces.
pub trait Namespaced:
    Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + Serialize + DeserializeOwned
{
}

impl<K> Namespaced for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + Serialize + DeserializeOwned
{
}

impl World {
    /// Prints how the objects of a test that fails are doing.
    async fn tell(&self) {
        self.tell_of::<DployInstanceClaim>().await;
        self.tell_of::<DployInstance>().await;
        self.tell_of::<HelmRelease>().await;
        self.tell_of::<GitRepository>().await;
        self.tell_of::<HelmRepository>().await;
        self.tell_of::<OciRepository>().await;
    }

    async fn tell_of<K: Namespaced>(&self) {
        let found = self.api::<K>().list(&ListParams::default()).await.map(|found| found.items);
        for object in found.unwrap_or_default() {
            let object = json!(object);
            let (meta, status) = (&object["metadata"], &object["status"]);
            eprintln!(
                "{} {}, deleted {}, phase {}",
                K::kind(&()),
                meta["name"],
                meta["deletionTimestamp"],
                status["phase"]
            );
            for told in status["conditions"].as_array().into_iter().flatten() {
                eprintln!("  {} {} {}: {}", told["type"], told["status"], told["reason"], told["message"]);
            }
        }
    }

    pub fn api<K: Namespaced>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub async fn create<K: Namespaced>(&self, name: &str, spec: Value) -> K {
        let object = json!({
            "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": { "name": name }, "spec": spec,
        });
        self.api().create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap()
    }

    pub async fn get<K: Namespaced>(&self, name: &str) -> Option<K> {
        self.api().get_opt(name).await.unwrap()
    }

    pub async fn list<K: Namespaced>(&self) -> Vec<K> {
        self.api().list(&ListParams::default()).await.unwrap().items
    }

    pub async fn delete<K: Namespaced>(&self, name: &str) {
        self.api::<K>().delete(name, &Default::default()).await.unwrap();
    }

    /// A template that installs `chart`, with the fields of `more` in its spec.
    pub async fn template(&self, name: &str, chart: Value, more: Value) {
        let mut spec = json!({ "chart": chart });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.create::<DployTemplate>(name, spec).await;
    }

    /// Claims as the API does; gives the claim's name.
    pub async fn claim(&self, owner: &str, template: &str) -> String {
        let id = OwnerId::of_text(owner);
        let name = claim_name(owner, &id, template);
        let spec = json!({ "templateRef": template, "owner": owner, "ownerId": id.as_str() });
        self.create::<DployInstanceClaim>(&name, spec).await;
        name
    }

    /// The claim and its instance once it is bound and that is ready.
    pub async fn served(&self, claim: &str) -> (DployInstanceClaim, DployInstance) {
        eventually(&format!("claim {claim} is bound and ready"), || self.find_served(claim)).await
    }

    pub async fn find_served(&self, claim: &str) -> Option<(DployInstanceClaim, DployInstance)> {
        let claim = self.get::<DployInstanceClaim>(claim).await?;
        let status = claim.status.clone().filter(|_| claim_phase(&claim) == "Bound" && is_true(&claim, "Ready"))?;
        let instance = self.get::<DployInstance>(&status.instance_ref?.name).await?;
        ["Ready", "Claimed"].contains(&phase(&instance).as_str()).then_some((claim, instance))
    }

    /// The free members of the pool once there are so many and all of them can be claimed.
    pub async fn pool(&self, template: &str, size: usize) -> Vec<DployInstance> {
        eventually(&format!("{size} members of {template} are available"), || async {
            let all = self.list::<DployInstance>().await;
            let free: Vec<_> = all.into_iter().filter(|member| is_free_member(member, template)).collect();
            (free.len() == size && free.iter().all(|member| phase(member) == "Available")).then_some(free)
        })
        .await
    }

    /// Workload namespaces of this test's instances.
    pub async fn workloads(&self) -> Vec<Namespace> {
        let params = ListParams::default().labels("dploy.dev/managed=true");
        let all = Api::<Namespace>::all(self.client.clone()).list(&params).await.unwrap().items;
        let here = format!("{}/", self.namespace);
        all.into_iter().filter(|found| annotation(found, "dploy.dev/instance-key").starts_with(&here)).collect()
    }

    /// Waits until there are `instances` instances, and exactly one release and namespace for each.
    pub async fn holds(&self, instances: usize) -> Vec<DployInstance> {
        eventually(&format!("{instances} instances, releases and namespaces are left"), || async {
            let found = self.list::<DployInstance>().await;
            let counts = [found.len(), self.list::<HelmRelease>().await.len(), self.workloads().await.len()];
            (counts == [instances; 3]).then_some(found)
        })
        .await
    }
}

fn is_free_member(instance: &DployInstance, template: &str) -> bool {
    instance.spec.template_ref == template && instance.spec.pooled && instance.spec.owner.is_empty()
}

pub fn annotation<K: Resource>(object: &K, name: &str) -> String {
    object.meta().annotations.as_ref().and_then(|all| all.get(name)).cloned().unwrap_or_default()
}

pub fn phase(instance: &DployInstance) -> String {
    word(instance.status.as_ref().and_then(|status| status.phase))
}

pub fn claim_phase(claim: &DployInstanceClaim) -> String {
    word(claim.status.as_ref().and_then(|status| status.phase))
}

fn word(phase: impl Serialize) -> String {
    serde_json::to_value(phase).unwrap().as_str().unwrap_or_default().to_owned()
}

pub fn is_true(claim: &DployInstanceClaim, kind: &str) -> bool {
    let conditions = claim.status.iter().flat_map(|status| &status.conditions);
    conditions.into_iter().any(|condition| condition.type_ == kind && condition.status == "True")
}

/// What `look` gives, once it gives something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let start = Instant::now();
    loop {
        let looked = Instant::now();
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < LIMIT, "it did not happen within {LIMIT:?}: {what}");
        // A look at much must not keep the machine from what it waits for.
        tokio::time::sleep(looked.elapsed().max(Duration::from_millis(50))).await;
    }
}
