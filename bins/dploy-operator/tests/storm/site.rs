//! The cluster of this binary, one test's namespace on it, and the people who use it.

use std::{
    collections::BTreeSet,
    ops::Deref,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use dploy_auth::testing::Provider;
use dploy_k8s::{
    api::{DployInstance, DployTemplate},
    cluster::Places,
    environments::access,
    testing::{Cluster, Filter, HelmStub, Mark, Request, SharedCluster},
};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    api,
    harness::{self, Namespaced, World, eventually, phase},
    namespaces,
    process::Process,
};

const MASTERS: &[&str] = &["system:masters"];
/// Who has the rights of an operator, and who those of a server.
const OPERATORS: &str = "dploy-operators";
const SERVERS: &str = "dploy-servers";
/// Where Applications would be unless a test says otherwise.
const ARGOCD: &str = "argocd";
const PROGRAMS: [&str; 4] = ["operator", "operator-a", "operator-b", "api"];
/// How long nothing may be written until things count as settled.
const SETTLED: Duration = Duration::from_millis(1500);

static CLUSTER: SharedCluster = SharedCluster::new(|| {
    let cluster = Cluster::builder().flux_crds().argocd_crds().user("namespaces", MASTERS).user("api", &[SERVERS]);
    ["operator", "operator-a", "operator-b"].into_iter().fold(cluster, |all, name| all.user(name, &[OPERATORS]))
});
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
/// An operator serves the whole cluster, so the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// A namespace with what answers in it.
pub struct Site {
    world: World,
    provider: Provider,
    _namespaces: AbortOnDropHandle<()>,
}

impl Deref for Site {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

/// Runs a test alone in a namespace of its own, or counts it as skipped where the servers are missing.
pub fn run<F: Future<Output = ()>>(test: impl FnOnce(Site) -> F) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    harness::run(&RUNTIME, &CLUSTER, |world| async move {
        let provider = Provider::start().await.unwrap();
        let namespaces = namespaces::end(world.cluster.client_as("namespaces").unwrap());
        let places = Places { home: &world.namespace, argocd: ARGOCD };
        world.cluster.grant(OPERATORS, places, &access::operator()).await.unwrap();
        world.cluster.grant(SERVERS, places, &access::api()).await.unwrap();
        let (cluster, begun) = (world.cluster, world.cluster.audit().mark().unwrap());
        let home = world.namespace.clone();
        test(Site { world, provider, _namespaces: namespaces }).await;
        let mut all = cluster.audit().requests(&Filter::new().since(begun)).unwrap();
        all.retain(is_ours);
        // A server that comes up refuses everybody for a moment, whatever their rights.
        let is_refused = |asked: &&Request| asked.code == Some(403);
        let allowed: BTreeSet<_> = all
            .iter()
            .filter(|asked| asked.code.is_some() && !is_refused(asked))
            .map(|asked| right(asked, &home))
            .collect();
        let refused: Vec<_> =
            all.iter().filter(is_refused).filter(|asked| !allowed.contains(&right(asked, &home))).collect();
        assert!(refused.is_empty(), "more rights are needed: {refused:#?}");
    });
}

/// The right that a request needs: whose, whether in the namespace of an environment, and what for.
fn right<'a>(asked: &'a Request, home: &str) -> (bool, bool, [&'a str; 4]) {
    let Request { verb, group, resource, subresource, namespace, .. } = asked;
    let in_workload = !["", ARGOCD, home].contains(&namespace.as_str());
    (asked.user == "api", in_workload, [verb, group, resource, subresource])
}

/// Whether one of the programs asked.
pub fn is_ours(asked: &Request) -> bool {
    PROGRAMS.contains(&asked.user.as_str())
}

pub fn chart() -> Value {
    json!({ "type": "helm", "repoURL": "https://charts.example.org", "chart": "shell" })
}

/// What makes a template a pool, whose members are replaced once they are claimed or only once they are gone.
pub fn pool_of(size: usize, recycle: bool) -> Value {
    json!({ "method": "pool", "pool": { "size": size, "recycle": recycle } })
}

impl Site {
    pub fn stub(&self) -> HelmStub {
        HelmStub::new(self.cluster.client_as("stub").unwrap())
    }

    /// The operator, ready.
    pub async fn operator(&self) -> Process {
        Process::alone(self).ready().await
    }

    /// A server, ready.
    pub async fn api(&self) -> api::Api {
        api::Api::start(self, "api", &[]).ready().await
    }

    pub fn jwks_url(&self) -> String {
        self.provider.jwks_url()
    }

    pub fn issuer(&self) -> String {
        self.provider.issuer().to_owned()
    }

    /// The objects of a kind in the namespace.
    pub fn objects<K: Namespaced>(&self) -> Api<K> {
        self.world.api()
    }

    /// The token of a person.
    pub fn person(&self, name: &str) -> String {
        self.provider.token(json!({ "sub": format!("subject-{name}"), "name": name })).unwrap()
    }

    /// The token of an administrator.
    pub fn administrator(&self) -> String {
        self.provider.token(json!({ "sub": "root", "name": "root", "is_admin": true })).unwrap()
    }

    /// Makes a pool so large.
    pub async fn resize(&self, template: &str, size: usize) {
        let patch = json!({ "spec": { "pool": { "size": size } } });
        let params = PatchParams::default();
        self.objects::<DployTemplate>().patch(template, &params, &Patch::Merge(patch)).await.unwrap();
    }

    /// The instances once there are so many, all of them usable.
    pub async fn usable(&self, count: usize) -> Vec<DployInstance> {
        eventually(&format!("{count} instances are usable"), || async {
            let all = self.list::<DployInstance>().await;
            let usable = |found: &DployInstance| ["Ready", "Available", "Claimed"].contains(&phase(found).as_str());
            (all.len() == count && all.iter().all(usable)).then_some(all)
        })
        .await
    }

    pub fn mark(&self) -> Mark {
        self.cluster.audit().mark().unwrap()
    }

    /// What both programs have written since then, without leases, Events and the status of templates.
    pub fn writes(&self, since: Mark) -> Vec<Request> {
        let filter = Filter::new().mutating().without("leases").without("events").since(since);
        let mut all = self.cluster.audit().requests(&filter).unwrap();
        all.retain(is_ours);
        all.retain(|write| (write.resource.as_str(), write.subresource.as_str()) != ("dploytemplates", "status"));
        all
    }

    /// What both programs have written since then, once they write no more.
    pub async fn settled(&self, since: Mark) -> Vec<Request> {
        eventually("nothing is written any more", || async {
            let before = self.writes(since).len();
            tokio::time::sleep(SETTLED).await;
            Some(self.writes(since)).filter(|all| all.len() == before)
        })
        .await
    }
}
