//! The servers beside the API server: controllers, nodes, Flux.

use std::{collections::BTreeMap, fs, time::Duration};

use k8s_openapi::api::core::v1::{Namespace, Node};
use kube::{Api, Client, api::PostParams, runtime::wait::await_condition};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{
    Error,
    control_plane::kubeconfig_name,
    ports, programs,
    supervisor::{Server, Supervisor},
};

pub(super) const CONTROLLERS: [&str; 1] = ["kube-controller-manager"];
pub(super) const KWOK: [&str; 3] = ["kube-scheduler", "kwok", KWOK_STAGES];
pub(super) const FLUX_KINDS: [&str; 1] = [FLUX_CRDS];
pub(super) const ARGOCD_KINDS: [&str; 1] = [ARGOCD_CRDS];
pub(super) const FLUX: [&str; 3] = ["source-controller", "helm-controller", ARTIFACTS];

/// The server of charts.
const ARTIFACTS: &str = "testbed-artifacts";
/// How kwok lets nodes and pods become ready.
const KWOK_STAGES: &str = "kwok-stages.yaml";
/// The definitions of Flux' kinds.
pub(super) const FLUX_CRDS: &str = "flux-crds.yaml";
/// The definitions of Argo CD's kinds.
pub(super) const ARGOCD_CRDS: &str = "argocd-crds.yaml";
/// The namespace Flux' controllers call their own.
const FLUX_NAMESPACE: &str = "flux-system";
/// How long a server may take to listen.
const LISTENS: Duration = Duration::from_secs(60);

/// Requests per second a server may send: a test cluster has no one to spare.
const RATE: [&str; 2] = ["--kube-api-qps=500", "--kube-api-burst=1000"];

/// What the artifacts server of the cluster offers, all by plain HTTP on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Artifacts {
    /// The URL of a `HelmRepository`.
    pub chart_repository: String,
    /// The URL of a `GitRepository`; chart NAME lies in `charts/NAME`, and each version has a tag `vVERSION`.
    pub git_repository: String,
    /// The URL below which chart NAME is the repository of an `OCIRepository` with tags VERSION.
    pub oci_registry: String,
    /// The commit ids by tag, and of branch `main`.
    pub commits: BTreeMap<String, String>,
    /// The versions of each chart, oldest first.
    pub charts: BTreeMap<String, Vec<String>>,
}

fn argv(program: &str, flags: &[&str], more: Vec<String>) -> Result<Vec<String>, Error> {
    let fixed = flags.iter().map(|flag| (*flag).to_owned());
    Ok([programs::path(program)?].into_iter().chain(fixed).chain(more).collect())
}

/// Starts the controller manager: namespace deletion, garbage collection, deployments, node taints.
pub(super) async fn controllers(supervisor: &Supervisor) -> Result<(), Error> {
    let [port] = ports::free()?;
    let name = "kube-controller-manager";
    let flags = [
        "--service-account-private-key-file=sa.key",
        "--root-ca-file=ca.crt",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--allocate-node-cidrs=false",
        "--concurrent-namespace-syncs=20",
        "--concurrent-gc-syncs=20",
    ];
    let more = vec![format!("--kubeconfig={}", kubeconfig_name(name)), format!("--secure-port={port}")];
    let argv = argv(name, &[&flags[..], &RATE[..]].concat(), more)?;
    supervisor.run(&Server { name, argv, env: Vec::new() })?;
    listening(supervisor, name, port).await
}

/// Starts scheduler and kwok, and one node on which every pod becomes ready at once.
pub(super) async fn kwok(supervisor: &Supervisor, client: &Client) -> Result<(), Error> {
    let [port] = ports::free()?;
    let name = "kube-scheduler";
    let more = vec![format!("--kubeconfig={}", kubeconfig_name(name)), format!("--secure-port={port}")];
    let argv_scheduler = argv(name, &["--leader-elect=false", "--bind-address=127.0.0.1"], more)?;
    supervisor.run(&Server { name, argv: argv_scheduler, env: Vec::new() })?;
    let more =
        vec![format!("--config={}", programs::path(KWOK_STAGES)?), format!("--kubeconfig={}", kubeconfig_name("kwok"))];
    let argv_kwok = argv("kwok", &["--manage-all-nodes", NODE_LEASE], more)?;
    supervisor.run(&Server {
        name: "kwok",
        argv: argv_kwok,
        env: vec![("HOME", programs::text(supervisor.folder()))],
    })?;
    Api::all(client.clone()).create(&PostParams::default(), &node()?).await?;
    let ready = await_condition(Api::<Node>::all(client.clone()), NODE, |node: Option<&Node>| is_ready(node));
    until(supervisor, "the node's readiness", ready).await?;
    listening(supervisor, name, port).await
}

const NODE: &str = "node-0";
/// How long the node's heartbeat stands, as a kubelet's: without one its pods would not be ready any more after a
/// minute, and never again.
const NODE_LEASE: &str = "--node-lease-duration-seconds=40";

fn node() -> Result<Node, Error> {
    let capacity = json!({ "cpu": "1000", "memory": "1000Gi", "pods": "10000" });
    let node = json!({
        "metadata": { "name": NODE },
        "status": { "allocatable": capacity, "capacity": capacity },
    });
    serde_json::from_value(node).map_err(|error| Error::Refused { detail: error.to_string() })
}

fn is_ready(node: Option<&Node>) -> bool {
    let Some(node) = node else { return false };
    let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let tainted = node.spec.as_ref().is_some_and(|spec| spec.taints.as_ref().is_some_and(|taints| !taints.is_empty()));
    !tainted && conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Starts Flux' source and helm controllers, whose kinds must be installed.
pub(super) async fn flux(supervisor: &Supervisor, client: &Client) -> Result<(), Error> {
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(FLUX_NAMESPACE.to_owned());
    Api::all(client.clone()).create(&PostParams::default(), &namespace).await?;
    let [storage, source_metrics, source_health, helm_metrics, helm_health] = ports::free()?;
    let more = vec![format!("--storage-addr=127.0.0.1:{storage}"), format!("--storage-adv-addr=127.0.0.1:{storage}")];
    flux_controller(
        supervisor,
        "source-controller",
        [source_metrics, source_health],
        more,
        &["--storage-path=source-controller.data"],
    )?;
    flux_controller(supervisor, "helm-controller", [helm_metrics, helm_health], Vec::new(), &["--concurrent=10"])?;
    listening(supervisor, "source-controller", storage).await?;
    listening(supervisor, "source-controller", source_health).await?;
    listening(supervisor, "helm-controller", helm_health).await
}

/// Each controller has a home and a folder for temporary files inside the data folder, so that nothing stays behind.
fn flux_controller(
    supervisor: &Supervisor,
    name: &'static str,
    [metrics, health]: [u16; 2],
    mut more: Vec<String>,
    flags: &[&str],
) -> Result<(), Error> {
    let home = supervisor.folder().join(format!("{name}.data"));
    fs::create_dir_all(&home).map_err(|source| Error::File { path: home.clone(), source })?;
    more.push(format!("--metrics-addr=127.0.0.1:{metrics}"));
    more.push(format!("--health-addr=127.0.0.1:{health}"));
    let home = programs::text(&home);
    let env = vec![
        ("KUBECONFIG", programs::text(&supervisor.folder().join(kubeconfig_name(name)))),
        ("RUNTIME_NAMESPACE", FLUX_NAMESPACE.to_owned()),
        ("HOME", home.clone()),
        ("TMPDIR", home.clone()),
        ("TUF_ROOT", home),
    ];
    supervisor.run(&Server { name, argv: argv(name, &[flags, &RATE[..]].concat(), more)?, env })
}

/// Starts the server of charts, `charts` or its own, and waits until all of them can be fetched.
pub(super) async fn artifacts(supervisor: &Supervisor, charts: Option<&str>) -> Result<Artifacts, Error> {
    const OFFER: &str = "artifacts.json";
    let more = charts.map(|folder| format!("-charts={folder}")).into_iter().collect();
    let argv = argv(ARTIFACTS, &["-data=artifacts", "-ready=artifacts.json"], more)?;
    supervisor.run(&Server { name: ARTIFACTS, argv, env: Vec::new() })?;
    let path = supervisor.folder().join(OFFER);
    poll(supervisor, "the artifacts server's start", async || path.exists()).await?;
    let offer = fs::read(&path).map_err(|source| Error::File { path: path.clone(), source })?;
    serde_json::from_slice(&offer).map_err(|error| Error::File { path, source: error.into() })
}

async fn listening(supervisor: &Supervisor, name: &str, port: u16) -> Result<(), Error> {
    poll(supervisor, &format!("{name}'s start"), async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await
}

/// Asks until the answer is yes; a server that ends meanwhile ends the wait.
async fn poll(supervisor: &Supervisor, what: &str, reached: impl AsyncFn() -> bool) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        if let Some(error) = supervisor.failure() {
            return Err(error);
        }
        if reached().await {
            return Ok(());
        }
        if start.elapsed() > LISTENS {
            return Err(Error::Timeout { what: what.to_owned(), after: LISTENS });
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Awaits an object's condition; a server that ends meanwhile ends the wait.
async fn until<T>(
    supervisor: &Supervisor,
    what: &str,
    condition: impl Future<Output = Result<T, kube::runtime::wait::Error>>,
) -> Result<(), Error> {
    let ended = poll(supervisor, what, async || false);
    tokio::select! {
        outcome = timeout(LISTENS, condition) => match outcome {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Error::Refused { detail: error.to_string() }),
            Err(_) => Err(Error::Timeout { what: what.to_owned(), after: LISTENS }),
        },
        failure = ended => failure,
    }
}
