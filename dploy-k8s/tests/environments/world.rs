//! One cluster and one operator for all tests of this binary; each test has a namespace of its own.

use std::{
    fmt::Debug,
    future::Future,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use dploy_core::{
    environments::{
        ObjectKey,
        naming::claim_name,
        ports::{ClaimStore, NewClaim},
        settings::Fallbacks,
        template::EngineKind,
    },
    id::OwnerId,
    json::Json,
    testing::FakeEngine,
};
use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate, crds},
    cluster::{Cache, CacheMetrics, Store, client},
    controller::Clock,
    environments::{Caches, Engines, KubernetesClaims, Operator, OperatorOptions, caches::Scope},
    testing::{Cluster, SharedCluster, required},
};
use k8s_openapi::{NamespaceResourceScope, api::core::v1::Namespace};
use kube::{
    Api, Client, Resource,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use prometheus_client::registry::Registry;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{runtime::Runtime, sync::OnceCell};
use tokio_util::sync::CancellationToken;

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().controllers());
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static ENGINE: OnceCell<Arc<FakeEngine>> = OnceCell::const_new();

pub struct World {
    pub cluster: &'static Cluster,
    pub client: Client,
    pub namespace: String,
    pub engine: Arc<FakeEngine>,
}

/// Runs a test with a cluster of its own, in the namespace `default`, without our definitions and without an operator.
pub fn run_alone<F: Future<Output = ()>>(test: impl FnOnce(Cluster) -> F) {
    RUNTIME.block_on(async {
        let Some(cluster) = required(Cluster::builder().controllers().start().await).unwrap() else { return };
        test(cluster).await;
    });
}

/// Runs a test in a namespace of its own, or counts it as skipped where the servers are missing.
pub fn run<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    RUNTIME.block_on(async {
        let Some(cluster) = CLUSTER.get().await.unwrap() else { return };
        let engine = ENGINE.get_or_init(|| start(cluster)).await.clone();
        let client = cluster.client().unwrap();
        test(World { namespace: cluster.namespace().await.unwrap(), client, cluster, engine }).await;
    });
}

async fn start(cluster: &'static Cluster) -> Arc<FakeEngine> {
    cluster.install_crds(&crds()).await.unwrap();
    operate(cluster).await
}

/// Starts an operator over a cluster that has our definitions.
pub async fn operate(cluster: &Cluster) -> Arc<FakeEngine> {
    let engine = Arc::new(FakeEngine::new().ready_after(2));
    let client = cluster.client_as("operator").unwrap();
    let caches = Caches::new(&client, &CacheMetrics::default());
    caches.watch(&client, &Scope::All, &CancellationToken::new());
    caches.wait_synced(&Scope::All).await;
    let options = OperatorOptions {
        legacy_owners: false,
        home: "dploy-system".into(),
        fallbacks: Fallbacks::default(),
        identity: "test".into(),
        concurrency: 32,
        resync: Duration::from_secs(600),
        clock: Clock::system(),
    };
    let engines = Engines::from([(EngineKind::Flux, engine.clone() as _)]);
    let operator = Operator::new(caches, engines, client, options, &mut Registry::default());
    tokio::spawn(async move { operator.run(CancellationToken::new()).await });
    engine
}

impl World {
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn key(&self, name: &str) -> ObjectKey {
        ObjectKey::new(&self.namespace, name)
    }

    /// Creates an object written as YAML.
    pub async fn create<K>(&self, yaml: &str) -> K
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + Serialize + DeserializeOwned,
    {
        self.api::<K>().create(&PostParams::default(), &yaml_serde::from_str(yaml).unwrap()).await.unwrap()
    }

    /// An on-demand template with more spec as YAML, indented by two.
    pub async fn on_demand(&self, name: &str, more: &str) -> DployTemplate {
        let spec = "chart: { type: helm, repoURL: 'https://charts.example.org', chart: shell }";
        self.create(&format!("metadata: {{ name: {name} }}\nspec:\n  {spec}\n{more}")).await
    }

    /// A pool template of `size` members with more pool fields.
    pub async fn pool(&self, name: &str, size: u32, more: &str) -> DployTemplate {
        self.on_demand(name, &format!("  method: pool\n  pool: {{ size: {size}{more} }}\n")).await
    }

    /// Claims as the API does.
    pub async fn claim(&self, owner: &str, template: &str) -> DployInstanceClaim {
        let id = OwnerId::of_text(owner);
        let asked = NewClaim {
            name: claim_name(owner, &id, template),
            template: template.into(),
            owner: owner.into(),
            owner_id: id,
            params: Default::default(),
            claims: Json::object(),
            ttl_seconds: None,
            wait_for_pool: None,
            idempotency: None,
        };
        let created = self.claims().create(&asked).await.unwrap();
        self.api().get(&created.meta.key.name).await.unwrap()
    }

    /// The door that the API writes claims through.
    pub fn claims(&self) -> KubernetesClaims {
        let client = client::guard(&self.client, dploy_k8s::cluster::Leadership::always());
        KubernetesClaims::new(Store::new(client, Cache::builder().build()), &self.namespace)
    }

    pub async fn get<K>(&self, name: &str) -> Option<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        self.api::<K>().get_opt(name).await.unwrap()
    }

    pub async fn merge<K>(&self, name: &str, patch: serde_json::Value) -> kube::Result<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        self.api::<K>().patch(name, &PatchParams::default(), &Patch::Merge(patch)).await
    }

    pub async fn instances(&self) -> Vec<DployInstance> {
        self.api::<DployInstance>().list(&ListParams::default()).await.unwrap().items
    }

    pub async fn workload_namespace(&self, name: &str) -> Option<Namespace> {
        Api::<Namespace>::all(self.client.clone()).get_opt(name).await.unwrap()
    }

    /// The claim once it is at `phase`.
    pub async fn claim_at(&self, name: &str, phase: &str) -> DployInstanceClaim {
        eventually(&format!("claim {name} is {phase}"), || async {
            self.get::<DployInstanceClaim>(name).await.filter(|claim| phase_of(claim) == phase)
        })
        .await
    }

    /// The instance once it is at `phase`.
    pub async fn instance_at(&self, name: &str, phase: &str) -> DployInstance {
        eventually(&format!("instance {name} is {phase}"), || async {
            let found = self.get::<DployInstance>(name).await?;
            let now = serde_json::to_value(found.status.as_ref()?.phase?).unwrap();
            (now == phase).then_some(found)
        })
        .await
    }

    /// The pool's members once `ready` of them are available.
    pub async fn pool_at(&self, template: &str, ready: usize) -> Vec<DployInstance> {
        eventually(&format!("{ready} members of {template} are available"), || async {
            let members = self.instances().await.into_iter().filter(|member| member.spec.template_ref == template);
            let free: Vec<_> = members.filter(|member| instance_phase(member) == "Available").collect();
            (free.len() == ready).then_some(free)
        })
        .await
    }
}

pub fn name<K: Resource>(object: &K) -> String {
    object.meta().name.clone().unwrap()
}

pub fn phase_of(claim: &DployInstanceClaim) -> String {
    let phase = claim.status.as_ref().and_then(|status| status.phase).unwrap_or_default();
    serde_json::to_value(phase).unwrap().as_str().unwrap().to_owned()
}

pub fn instance_phase(instance: &DployInstance) -> String {
    let phase = instance.status.as_ref().and_then(|status| status.phase).unwrap_or_default();
    serde_json::to_value(phase).unwrap().as_str().unwrap().to_owned()
}

pub fn reason(instance: &DployInstance, kind: &str) -> String {
    let conditions = instance.status.as_ref().map(|status| status.conditions.clone()).unwrap_or_default();
    conditions
        .into_iter()
        .find(|condition| condition.type_ == kind)
        .map(|condition| condition.reason)
        .unwrap_or_default()
}

/// What `look` gives, once it gives something; within two minutes.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "it did not happen within two minutes: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
