//! One cluster for installations without operator; each test has two replicas and namespaces of its own. They run under
//! exactly the rights that their code declares, and a test fails where one is missing.

use std::{future::Future, io::Write as _, sync::LazyLock};

use dploy_auth::testing::Provider;
use dploy_k8s::{
    cluster::Places,
    environments::access,
    foreign::argocd::Application,
    testing::{ArgoCdStub, Cluster, Filter, Mark, Request, SharedCluster},
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, ResourceExt, api::ListParams};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{runtime::Runtime, sync::OnceCell};

use crate::world::{Answer, Replica, eventually, started};

/// A namespace that no API server lets anybody delete.
pub(super) const UNDELETABLE: &str = "default";
/// Who has the rights of a server without operator.
const SERVERS: &str = "dploy-direct";

pub(super) static CLUSTER: SharedCluster =
    SharedCluster::new(|| Cluster::builder().controllers().argocd_crds().user("api", &[SERVERS]));
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static STUB: OnceCell<()> = OnceCell::const_new();

pub(super) const FILE: &str = "
environments:
  - name: webterm
    description: A terminal
    icon: terminal
    chart: github.com/org/charts/webterm@v1.2.3
    ttl: '600,60,2'
    extraValues: |
      workspaceName: \"${username}-workspace\"
  - { name: brief, chart: github.com/org/charts/brief@main, ttl: 3 }
  - { name: free, chart: github.com/org/charts/free@main, ttl: -1, isolation: restricted }
  - { name: broken, chart: github.com/org/charts/broken@main }
  - { name: retired, chart: github.com/org/charts/retired@main, enabled: false }
";

/// Namespaces of one installation, and its two replicas.
pub(super) struct World {
    pub(super) cluster: &'static Cluster,
    pub(super) client: Client,
    pub(super) provider: Provider,
    /// Of the Leases.
    pub(super) namespace: String,
    /// Of the Applications.
    pub(super) argocd: String,
    pub(super) replicas: [Replica; 2],
    /// When its first request may have been made.
    begun: Mark,
    _file: tempfile::NamedTempFile,
}

/// Runs a test with the environments of `file`, or counts it as skipped where the servers are missing.
pub(super) fn run<F: Future<Output = ()>>(file: &str, test: impl FnOnce(World) -> F) {
    RUNTIME.block_on(async {
        let Some(cluster) = CLUSTER.get().await.unwrap() else { return };
        STUB.get_or_init(|| async {
            let stub = ArgoCdStub::new(cluster.client_as("stub").unwrap()).failing("broken");
            drop(tokio::spawn(stub.run()));
        })
        .await;
        let (namespace, argocd) = (cluster.namespace().await.unwrap(), cluster.namespace().await.unwrap());
        let places = Places { home: &namespace, argocd: &argocd };
        cluster.grant(SERVERS, places, &access::direct()).await.unwrap();
        let (provider, begun) = (Provider::start().await.unwrap(), cluster.audit().mark().unwrap());
        let listed = written(file);
        let more = variables(&argocd, listed.path().to_str().unwrap());
        let replica = || started(cluster, &namespace, &provider, &more);
        let replicas = [replica().await, replica().await];
        let client = cluster.client().unwrap();
        test(World { cluster, client, provider, namespace, argocd, replicas, begun, _file: listed }).await;
        let asked = cluster.audit().requests(&Filter::new().user("api").since(begun)).unwrap();
        let forbidden = |asked: &Request| asked.code == Some(403) && asked.name != UNDELETABLE;
        let refused: Vec<_> = asked.into_iter().filter(forbidden).collect();
        assert!(refused.is_empty(), "more rights are needed: {refused:#?}");
    });
}

pub(super) fn written(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

pub(super) fn variables(argocd: &str, file: &str) -> [(&'static str, String); 5] {
    [
        ("DPLOY_ENGINE", "argocd-direct".to_owned()),
        ("BASE_DOMAIN", "env.example.org".to_owned()),
        ("ARGOCD_NAMESPACE", argocd.to_owned()),
        ("ENVIRONMENTS_FILE", file.to_owned()),
        ("CLEANUP_INTERVAL", "1s".to_owned()),
    ]
}

impl World {
    pub(super) fn person(&self, name: &str) -> String {
        self.provider.token(json!({ "sub": format!("subject-{name}"), "name": name })).unwrap()
    }

    /// The token of an administrator.
    pub(super) fn admin(&self) -> String {
        self.provider.token(json!({ "sub": "root", "name": "root", "is_admin": true })).unwrap()
    }

    pub(super) async fn applications(&self) -> Vec<Application> {
        let api = Api::<Application>::namespaced(self.client.clone(), &self.argocd);
        api.list(&ListParams::default()).await.unwrap().items
    }

    /// Namespaces that were made for Applications of this installation.
    pub(super) async fn workloads(&self) -> Vec<Namespace> {
        let all = Api::<Namespace>::all(self.client.clone()).list(&ListParams::default()).await.unwrap().items;
        let ours = |found: &Namespace| {
            let note = found.annotations().get("dploy.dev/application");
            note.is_some_and(|key| key.starts_with(&format!("{}/", self.argocd)))
        };
        all.into_iter().filter(ours).collect()
    }

    pub(super) async fn healthy(&self, environment: &str, token: &str) -> Value {
        eventually("it is healthy", || async {
            let answer = self.replicas[1].status(environment, token).await;
            (answer.body["status"] == "Healthy").then_some(answer.body)
        })
        .await
    }

    /// What the replicas asked of the API server about their own objects.
    pub(super) fn asked(&self) -> Vec<Request> {
        let all = self.cluster.audit().requests(&Filter::new().user("api").since(self.begun)).unwrap();
        let own = |asked: &Request| [&self.namespace, &self.argocd].contains(&&asked.namespace);
        all.into_iter().filter(|asked| own(asked) || asked.resource == "namespaces").collect()
    }

    pub(super) async fn holds_nothing(&self) {
        eventually("nothing is left", || async {
            (self.applications().await.is_empty() && self.workloads().await.is_empty()).then_some(())
        })
        .await;
    }
}

pub(super) fn count(answers: &[Answer], status: StatusCode) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}
