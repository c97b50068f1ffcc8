//! Everything the story needs, started and reachable.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use dploy_auth::testing::Provider;
use dploy_k8s::{
    crds,
    testing::{Cluster, locate},
};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::{process, workspace};

use super::{Error, terminal};

/// The namespace that the platform lives in.
pub(super) const NAMESPACE: &str = "dploy-system";
/// How long a program of ours may take to be ready.
const READY: Duration = Duration::from_secs(60);

/// A cluster with Flux, an identity provider, the operator and the API; all end with it.
pub(super) struct Platform {
    cluster: Cluster,
    provider: Provider,
    api: String,
    /// They are killed with it.
    _programs: [Child; 2],
}

/// A user with credentials stored by `dploy login`.
pub(super) struct User {
    name: &'static str,
    config: PathBuf,
}

impl Platform {
    /// Starts everything and waits until it is ready.
    pub(super) async fn start() -> Result<Self, Error> {
        terminal::heading("start Kubernetes, Flux, an identity provider, the operator and the API");
        let start = Instant::now();
        let cluster = Cluster::builder().flux().start().await?;
        cluster.install_crds(&crds()).await?;
        terminal::happened(
            "etcd, kube-apiserver, controllers and Flux are up; the resources of dploy.dev are installed",
            start,
        );
        let provider = Provider::start().await.map_err(|error| Error::Provider(Box::new(error)))?;
        let start = Instant::now();
        kubectl(&cluster, &["apply", "-f", "-"], &objects(&cluster)?).await?;
        let [port, metrics, health] = free_ports()?;
        let operator = operator(&cluster, metrics, health)?;
        let api = api(&cluster, &provider, port)?;
        let platform = Self { api: format!("http://127.0.0.1:{port}"), provider, _programs: [operator, api], cluster };
        platform.wait_ready("dploy-operator", &format!("http://127.0.0.1:{health}/readyz")).await?;
        platform.wait_ready("dploy-api", &format!("{}/ready", platform.api)).await?;
        terminal::happened("dploy-operator and dploy-api are ready", start);
        Ok(platform)
    }

    async fn wait_ready(&self, program: &'static str, url: &str) -> Result<(), Error> {
        let start = Instant::now();
        while start.elapsed() < READY {
            if reqwest::get(url).await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let log = fs::read_to_string(log(&self.cluster, program)).unwrap_or_default();
        Err(Error::NotReady { program, log })
    }

    /// Logs somebody in whose token says that they are `name`.
    pub(super) async fn login(&self, name: &'static str) -> Result<User, Error> {
        let claims = json!({ "sub": name, "name": name });
        let token = self.provider.token(claims).map_err(|error| Error::Provider(Box::new(error)))?;
        let user = User { name, config: self.cluster.folder().join(name) };
        let start = Instant::now();
        let written = user.command(&["login", "--server", &self.api, "--token-stdin"], &token).await?;
        terminal::step(name, "dploy login --server … --token-stdin", start, &written);
        Ok(user)
    }

    /// Runs kubectl in the platform's namespace.
    pub(super) async fn kubectl(&self, arguments: &[&str]) -> Result<String, Error> {
        let all: Vec<_> = ["-n", NAMESPACE].iter().chain(arguments).copied().collect();
        kubectl(&self.cluster, &all, "").await
    }

    /// Runs kubectl and prints what it writes.
    pub(super) async fn show(&self, arguments: &[&str]) -> Result<(), Error> {
        let start = Instant::now();
        let written = self.kubectl(arguments).await?;
        terminal::step("admin", &format!("kubectl -n {NAMESPACE} {}", arguments.join(" ")), start, &written);
        Ok(())
    }

    /// Prints how to reach what runs.
    pub(super) fn describe(&self) {
        terminal::heading("everything keeps running; Ctrl-C ends it");
        println!("export KUBECONFIG={}", self.cluster.kubeconfig().display());
        println!("export DPLOY_SERVER={}", self.api);
        if let Ok(token) = self.provider.token(json!({ "sub": "alice", "name": "alice", "is_admin": true })) {
            println!("export DPLOY_TOKEN={token}");
        }
        println!("logs: {}", self.cluster.folder().display());
    }
}

impl User {
    /// Runs `dploy` as this user and prints how long it took and what it wrote.
    pub(super) async fn dploy(&self, arguments: &[&str]) -> Result<(), Error> {
        let start = Instant::now();
        let written = self.command(arguments, "").await?;
        terminal::step(self.name, &format!("dploy {}", arguments.join(" ")), start, &written);
        Ok(())
    }

    async fn command(&self, arguments: &[&str], input: &str) -> Result<String, Error> {
        let mut command = Command::new(program("dploy"));
        command
            .args(arguments)
            .env("XDG_CONFIG_HOME", &self.config)
            .env_remove("DPLOY_TOKEN")
            .env_remove("DPLOY_SERVER");
        Ok(process::feed(command, input).await?)
    }
}

/// The objects of the story, with the URLs of this cluster's charts.
fn objects(cluster: &Cluster) -> Result<String, Error> {
    let artifacts = cluster.artifacts()?;
    let text = include_str!("platform.yaml");
    Ok(text.replace("${CHARTS}", &artifacts.chart_repository).replace("${GIT}", &artifacts.git_repository))
}

async fn kubectl(cluster: &Cluster, arguments: &[&str], input: &str) -> Result<String, Error> {
    let mut command = Command::new(locate("kubectl").unwrap_or_else(|| "kubectl".into()));
    command.args(arguments).env("KUBECONFIG", cluster.kubeconfig());
    Ok(process::feed(command, input).await?)
}

fn operator(cluster: &Cluster, metrics: u16, health: u16) -> Result<Child, Error> {
    let mut command = Command::new(program("dploy-operator"));
    command.arg(format!("--metrics-bind-address=127.0.0.1:{metrics}"));
    command.arg(format!("--health-probe-bind-address=127.0.0.1:{health}"));
    spawn(cluster, "dploy-operator", command)
}

fn api(cluster: &Cluster, provider: &Provider, port: u16) -> Result<Child, Error> {
    let mut command = Command::new(program("dploy-api"));
    command
        .env("JWKS_URL", provider.jwks_url())
        .env("JWT_ISSUER", provider.issuer())
        .env("JWT_AUDIENCE", provider.audience());
    command.env("SERVER_HOST", "127.0.0.1").env("SERVER_PORT", port.to_string());
    spawn(cluster, "dploy-api", command)
}

fn spawn(cluster: &Cluster, name: &'static str, mut command: Command) -> Result<Child, Error> {
    let path = log(cluster, name);
    let file = || File::create(&path).map_err(process::Error::file(&path));
    let (output, errors) = (file()?, file()?);
    command
        .env("KUBECONFIG", cluster.kubeconfig())
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .kill_on_drop(true);
    let started = command.spawn().map_err(|source| process::Error::Start { program: name.to_owned(), source })?;
    Ok(started)
}

fn log(cluster: &Cluster, name: &str) -> PathBuf {
    cluster.folder().join(format!("{name}.log"))
}

/// A program of ours, beside this one.
fn program(name: &str) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_owned));
    beside.unwrap_or_else(|| workspace::root().join("target/debug")).join(name)
}

fn free_ports<const N: usize>() -> Result<[u16; N], Error> {
    let held: Vec<_> = (0..N)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<Result<_, _>>()
        .map_err(process::Error::file("127.0.0.1"))?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr().map_err(process::Error::file("127.0.0.1"))?.port();
    }
    Ok(ports)
}
