//! What is measured: the programs as users get them, on a cluster of their own.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use dploy_auth::testing::Provider;
use dploy_k8s::{
    api::DployInstance,
    testing::{Cluster, HelmStub},
};
use kube::{Api, Client, api::ListParams};
use serde_json::json;
use tokio_util::task::AbortOnDropHandle;

use super::{Bench, error::Error};
use crate::{bench::program, process};

/// The namespace that is measured in.
pub(super) const HOME: &str = "bench";
const READY: Duration = Duration::from_secs(600);
const NAMES: [&str; 2] = ["dploy-operator", "dploy-api"];

/// Where the release builds are.
pub(super) type Programs = BTreeMap<String, PathBuf>;

/// The programs in a folder.
pub(super) fn found(folder: &Path) -> Result<Programs, Error> {
    let each = NAMES.into_iter().map(|name| {
        let path = folder.join(name);
        Ok((name.to_owned(), path.canonicalize().map_err(process::Error::file(path))?))
    });
    each.collect()
}

/// Builds both programs as users get them.
pub(super) fn build() -> Result<Programs, Error> {
    let programs = program::build(&NAMES.map(|name| ["--package", name, "--bin", name]).concat())?;
    let named = programs.into_iter().filter_map(|path| Some((path.file_name()?.to_string_lossy().into_owned(), path)));
    Ok(named.collect())
}

/// A program at work; it ends with this.
pub(super) struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Program {
    /// Resident memory in MiB.
    pub(super) fn memory(&self) -> Result<f64, Error> {
        let path = format!("/proc/{}/status", self.0.id());
        let status = fs::read_to_string(&path).map_err(process::Error::file(&path))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        Ok(kib.map_or(f64::NAN, |kib| kib / 1024.0))
    }

    /// Seconds of processor time used so far, of ticks of 10 ms (proc_pid_stat(5)).
    pub(super) fn processor(&self) -> Result<f64, Error> {
        let path = format!("/proc/{}/stat", self.0.id());
        let stat = fs::read_to_string(&path).map_err(process::Error::file(&path))?;
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        Ok(fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0)
    }
}

/// A cluster with a stub of helm-controller and an identity provider.
pub(super) struct Platform {
    pub(super) cluster: Cluster,
    pub(super) client: Client,
    provider: Provider,
    isolation: String,
    _stub: AbortOnDropHandle<()>,
}

impl Platform {
    /// Starts all but the programs.
    pub(super) async fn start(bench: &Bench) -> Result<Self, Error> {
        let cluster = Cluster::builder().flux_crds().start().await?;
        cluster.install_crds(&dploy_k8s::crds()).await?;
        let client = cluster.client()?;
        let home = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": HOME } });
        let home = serde_json::from_value(home).unwrap_or_default();
        Api::<k8s_openapi::api::core::v1::Namespace>::all(client.clone()).create(&Default::default(), &home).await?;
        let provider = Provider::start().await.map_err(Box::new)?;
        let stub = HelmStub::new(cluster.client_as("stub")?).start();
        Ok(Self { cluster, client, provider, isolation: bench.isolation.clone(), _stub: stub })
    }

    pub(super) fn token(&self, name: &str) -> Result<String, Error> {
        Ok(self.provider.token(json!({ "sub": name, "name": name })).map_err(Box::new)?)
    }

    /// The operator, ready.
    pub(super) async fn operator(&self, programs: &Programs) -> Result<Program, Error> {
        let [health, metrics] = [free_port()?, free_port()?];
        let program = self.spawn(
            programs,
            "dploy-operator",
            "operator",
            &[
                ("METRICS_BIND_ADDRESS", format!("127.0.0.1:{metrics}")),
                ("HEALTH_PROBE_BIND_ADDRESS", format!("127.0.0.1:{health}")),
                ("RESYNC_PERIOD", "5".to_owned()),
                ("LEADER_ELECT", "false".to_owned()),
            ],
        )?;
        self.ready("dploy-operator", &format!("http://127.0.0.1:{health}/readyz")).await?;
        Ok(program)
    }

    /// The server and its URL, ready.
    pub(super) async fn api(&self, programs: &Programs) -> Result<(Program, String), Error> {
        let port = free_port()?;
        let program = self.spawn(
            programs,
            "dploy-api",
            "api",
            &[
                ("JWKS_URL", self.provider.jwks_url()),
                ("JWT_ISSUER", self.provider.issuer().to_owned()),
                ("SERVER_HOST", "127.0.0.1".to_owned()),
                ("SERVER_PORT", port.to_string()),
                ("CLAIM_WAIT", "20s".to_owned()),
            ],
        )?;
        let url = format!("http://127.0.0.1:{port}");
        self.ready("dploy-api", &format!("{url}/ready")).await?;
        Ok((program, url))
    }

    fn spawn(&self, programs: &Programs, name: &str, user: &str, env: &[(&str, String)]) -> Result<Program, Error> {
        let missing = || Error::Unexpected { what: "cargo built no program", found: name.to_owned() };
        let log = self.cluster.folder().join(format!("{name}.log"));
        let mut command = Command::new(programs.get(name).ok_or_else(missing)?);
        command
            .env_clear()
            .env("KUBECONFIG", self.cluster.folder().join(format!("{user}.kubeconfig")))
            .env("DPLOY_NAMESPACE", HOME)
            .env("RUST_LOG", "warn")
            .envs(env.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).map_err(process::Error::file(&log))?);
        let start = |source| process::Error::Start { program: name.to_owned(), source };
        Ok(Program(command.spawn().map_err(start)?))
    }

    async fn ready(&self, name: &str, url: &str) -> Result<(), Error> {
        let ready = || async { reqwest::get(url).await.is_ok_and(|answer| answer.status().is_success()) };
        if until(Duration::from_secs(60), ready).await {
            return Ok(());
        }
        let log = fs::read_to_string(self.cluster.folder().join(format!("{name}.log"))).unwrap_or_default();
        Err(Error::Unexpected { what: "a program is not ready", found: format!("{name}\n{log}") })
    }

    /// Makes a template and waits until `members` of its pool can be claimed.
    pub(super) async fn template(&self, name: &str, members: usize) -> Result<(), Error> {
        let chart = json!({ "type": "helm", "repoURL": "https://charts.example.org", "chart": "shell" });
        let mut spec = json!({ "chart": chart, "visible": true, "isolation": { "level": self.isolation } });
        if let (true, Some(spec)) = (members > 0, spec.as_object_mut()) {
            spec.insert("method".to_owned(), json!("pool"));
            spec.insert("pool".to_owned(), json!({ "size": members, "recycle": false }));
        }
        super::client::create(&self.client, "dploytemplates", "DployTemplate", name, spec).await?;
        let found = until(READY, || async { self.available().await.is_ok_and(|ready| ready >= members) }).await;
        if found { Ok(()) } else { Err(Error::Unexpected { what: "the pool does not fill", found: name.to_owned() }) }
    }

    async fn available(&self) -> Result<usize, Error> {
        let all = Api::<DployInstance>::namespaced(self.client.clone(), HOME).list(&ListParams::default()).await?;
        let phase = |instance: &DployInstance| serde_json::to_value(instance.status.as_ref()?.phase?).ok();
        Ok(all.iter().filter(|instance| phase(instance).is_some_and(|phase| phase == "Available")).count())
    }
}

/// Whether something comes about in time.
pub(super) async fn until<F: Future<Output = bool>>(limit: Duration, look: impl Fn() -> F) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if look().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    false
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(process::Error::file("127.0.0.1"))?;
    Ok(listener.local_addr().map_err(process::Error::file("127.0.0.1"))?.port())
}
