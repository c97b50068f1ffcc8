//! One cluster and one operator for all tests of this binary; each test has a namespace and two replicas of its own.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use dploy_api::{Config, Server};
use dploy_auth::testing::Provider;
use dploy_core::{
    environments::{settings::Fallbacks, template::EngineKind},
    testing::FakeEngine,
};
use dploy_k8s::{
    api::{DployInstance, DployInstanceClaim, DployTemplate, crds},
    cluster::CacheMetrics,
    controller::Clock,
    environments::{Caches, Engines, Operator, OperatorOptions, caches::Scope},
    testing::{Cluster, SharedCluster},
};
use kube::{
    Api, Client,
    api::{ListParams, PostParams},
};
use prometheus_client::registry::Registry;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{runtime::Runtime, sync::OnceCell};
use tokio_util::sync::{CancellationToken, DropGuard};

static CLUSTER: SharedCluster = SharedCluster::new(|| Cluster::builder().controllers());
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static OPERATOR: OnceCell<()> = OnceCell::const_new();

pub(crate) struct World {
    pub(crate) cluster: &'static Cluster,
    pub(crate) namespace: String,
    pub(crate) client: Client,
    pub(crate) replicas: [Replica; 2],
    pub(crate) provider: Provider,
}

/// One process of the server, reached over HTTP.
#[derive(Clone)]
pub(crate) struct Replica {
    url: String,
    http: reqwest::Client,
    _stop: Arc<DropGuard>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

/// Runs a test in a namespace of its own, or counts it as skipped where the servers are missing.
pub(crate) fn run<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    RUNTIME.block_on(async {
        let Some(cluster) = CLUSTER.get().await.unwrap() else { return };
        OPERATOR.get_or_init(|| operator(cluster)).await;
        let (namespace, provider) = (cluster.namespace().await.unwrap(), Provider::start().await.unwrap());
        let replicas = [replica(cluster, &namespace, &provider).await, replica(cluster, &namespace, &provider).await];
        test(World { cluster, namespace, client: cluster.client().unwrap(), replicas, provider }).await;
    });
}

async fn operator(cluster: &'static Cluster) {
    cluster.install_crds(&crds()).await.unwrap();
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
    let engines = Engines::from([(EngineKind::Flux, Arc::new(FakeEngine::new().ready_after(2)) as _)]);
    let operator = Operator::new(caches, engines, client, options, &mut Registry::default());
    tokio::spawn(async move { operator.run(CancellationToken::new()).await });
}

async fn replica(cluster: &Cluster, namespace: &str, provider: &Provider) -> Replica {
    started(cluster, namespace, provider, &[]).await
}

/// A process of the server that is told `more`, once it is ready.
pub(crate) async fn started(
    cluster: &Cluster,
    namespace: &str,
    provider: &Provider,
    more: &[(&'static str, String)],
) -> Replica {
    let config = told(namespace, provider, more);
    let server = Server::bind(config, Some(cluster.client_as("api").unwrap())).await.unwrap();
    let url = format!("http://{}", server.address());
    let stop = CancellationToken::new();
    tokio::spawn(server.serve(stop.clone()));
    let replica = Replica { url, http: reqwest::Client::new(), _stop: Arc::new(stop.drop_guard()) };
    eventually("the server is ready", || async {
        (replica.call(Method::GET, "/ready", "").await.status == StatusCode::OK).then_some(())
    })
    .await;
    replica
}

/// The configuration of a process.
pub(crate) fn told(namespace: &str, provider: &Provider, more: &[(&'static str, String)]) -> Config {
    let mut variables = BTreeMap::from([
        ("JWKS_URL", provider.jwks_url()),
        ("JWT_ISSUER", provider.issuer().to_owned()),
        ("DPLOY_NAMESPACE", namespace.to_owned()),
        ("SERVER_HOST", "localhost".to_owned()),
        ("SERVER_PORT", "0".to_owned()),
        // Storms on a busy machine: an answer is a decision here, not a time-out.
        ("CLAIM_WAIT", "20s".to_owned()),
    ]);
    variables.extend(more.iter().cloned());
    Config::read(|name| variables.get(name).cloned()).unwrap()
}

impl Replica {
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str) -> Answer {
        self.answer(self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token)).await
    }

    /// Posts JSON, with an `Idempotency-Key` where one is given.
    pub(crate) async fn post(&self, path: &str, token: &str, key: Option<&str>, body: &Value) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(token).json(body);
        self.answer(key.into_iter().fold(request, |request, key| request.header("idempotency-key", key))).await
    }

    /// Opens a stream.
    pub(crate) async fn open(&self, path: &str, token: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.url)).bearer_auth(token).send().await.unwrap()
    }

    /// Asks below `/api/v1`.
    pub(crate) async fn create(&self, body: Value, token: &str) -> Answer {
        self.post("/api/v1/environments", token, None, &body).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status();
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        Answer { status, retry_after, body }
    }

    pub(crate) async fn run(&self, template: &str, token: &str) -> Answer {
        self.call(Method::POST, &format!("/api/run/{template}"), token).await
    }

    pub(crate) async fn status(&self, template: &str, token: &str) -> Answer {
        self.call(Method::GET, &format!("/api/run/{template}/status"), token).await
    }

    pub(crate) async fn extend(&self, template: &str, token: &str) -> Answer {
        self.call(Method::POST, &format!("/api/run/{template}/extend"), token).await
    }

    pub(crate) async fn release(&self, template: &str, token: &str) -> Answer {
        self.call(Method::DELETE, &format!("/api/run/{template}"), token).await
    }
}

impl World {
    /// The token of a person.
    pub(crate) fn person(&self, name: &str) -> String {
        self.provider.token(json!({ "sub": format!("subject-{name}"), "name": name })).unwrap()
    }

    /// Creates a template with more spec as YAML, indented by two, and waits until both replicas know it.
    pub(crate) async fn template(&self, name: &str, more: &str) {
        let chart = "chart: { type: helm, repoURL: 'https://charts.example.org', chart: shell }";
        let yaml = format!("metadata: {{ name: {name} }}\nspec:\n  visible: true\n  {chart}\n{more}");
        let template: DployTemplate = yaml_serde::from_str(&yaml).unwrap();
        let api = Api::<DployTemplate>::namespaced(self.client.clone(), &self.namespace);
        api.create(&PostParams::default(), &template).await.unwrap();
        for replica in &self.replicas {
            eventually(&format!("template {name} is in the catalog"), || async {
                let catalog = replica.call(Method::GET, "/api/environments/available", "").await.body;
                catalog.as_array()?.iter().any(|entry| entry["name"] == name).then_some(())
            })
            .await;
        }
    }

    pub(crate) async fn claims(&self) -> Vec<DployInstanceClaim> {
        let api = Api::<DployInstanceClaim>::namespaced(self.client.clone(), &self.namespace);
        api.list(&ListParams::default()).await.unwrap().items
    }

    pub(crate) async fn instances(&self) -> Vec<DployInstance> {
        let api = Api::<DployInstance>::namespaced(self.client.clone(), &self.namespace);
        api.list(&ListParams::default()).await.unwrap().items
    }
}

/// What `look` gives, once it gives something; within two minutes.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "it did not happen within two minutes: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
