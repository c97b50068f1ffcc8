use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Config, ResourceExt as _,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};

use super::{
    Artifacts, Audit, Error, addons, control_plane, programs,
    supervisor::{Server, Supervisor},
    users::{self, User},
};

/// How often a start is tried when ports get lost to other processes.
const ATTEMPTS: usize = 5;

/// What a [`Cluster`] shall consist of.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Builder {
    users: Vec<User>,
    charts: Option<String>,
    controllers: bool,
    kwok: bool,
    argocd_crds: bool,
    flux_crds: bool,
    flux: bool,
}

impl Builder {
    /// Adds a user with a token, or replaces the groups of a known one.
    ///
    /// Every cluster knows `admin`, `operator`, `api` and `stub`, all in `system:masters`.
    pub fn user(mut self, name: &str, groups: &[&str]) -> Self {
        self.users.push(User::new(name, groups));
        self
    }

    /// Adds kube-controller-manager: namespaces get deleted, owned objects collected, deployments rolled out,
    /// cluster roles like `view` aggregated.
    pub fn controllers(mut self) -> Self {
        self.controllers = true;
        self
    }

    /// Adds a scheduler and a node whose pods become ready without containers; implies [`controllers`](Self::controllers).
    pub fn kwok(mut self) -> Self {
        self.kwok = true;
        self.controllers()
    }

    /// Adds Flux' source and helm controllers and a server of charts for them; implies [`kwok`](Self::kwok).
    pub fn flux(mut self) -> Self {
        self.flux = true;
        self.flux_crds().kwok()
    }

    /// Installs the kinds of Flux without its controllers, for [`HelmStub`](super::HelmStub).
    pub fn flux_crds(mut self) -> Self {
        self.flux_crds = true;
        self
    }

    /// Installs Argo CD's Application without its controllers, for [`ArgoCdStub`](super::ArgoCdStub).
    pub fn argocd_crds(mut self) -> Self {
        self.argocd_crds = true;
        self
    }

    /// Has the server of charts offer the chart folders in `folder` instead of its own.
    pub fn charts(mut self, folder: &Path) -> Self {
        self.charts = Some(programs::text(folder));
        self
    }

    fn programs(&self) -> Vec<&'static str> {
        let parts: [(bool, &[&'static str]); 6] = [
            (true, &control_plane::PROGRAMS),
            (self.controllers, &addons::CONTROLLERS),
            (self.kwok, &addons::KWOK),
            (self.argocd_crds, &addons::ARGOCD_KINDS),
            (self.flux_crds, &addons::FLUX_KINDS),
            (self.flux, &addons::FLUX),
        ];
        parts.into_iter().filter(|(wanted, _)| *wanted).flat_map(|(_, names)| names).copied().collect()
    }

    /// Starts the servers and waits until the API server is ready.
    ///
    /// # Errors
    /// [`Error::Missing`] names every program that is not found; else why a server did not start.
    pub async fn start(self) -> Result<Cluster, Error> {
        programs::require(&self.programs())?;
        persist(async || self.attempt().await).await
    }

    async fn attempt(&self) -> Result<Cluster, Error> {
        let users = users::all(&self.users);
        let supervisor = Supervisor::start().await?;
        let (url, api_server) = control_plane::run(&supervisor, &users)?;
        let kubeconfig = supervisor.folder().join(control_plane::kubeconfig_name("admin"));
        let config = admin_config(&kubeconfig).await?;
        let mut cluster = Cluster { supervisor, config, url, api_server, kubeconfig, users, artifacts: None };
        control_plane::ready(&cluster.supervisor, &cluster.client()?).await?;
        self.add(&mut cluster).await?;
        Ok(cluster)
    }

    async fn add(&self, cluster: &mut Cluster) -> Result<(), Error> {
        let client = cluster.client()?;
        if self.controllers {
            addons::controllers(&cluster.supervisor).await?;
        }
        if self.kwok {
            addons::kwok(&cluster.supervisor, &client).await?;
        }
        if self.argocd_crds {
            cluster.install_crds_yaml(&programs::read(addons::ARGOCD_CRDS)?).await?;
        }
        if self.flux_crds {
            cluster.install_crds_yaml(&programs::read(addons::FLUX_CRDS)?).await?;
        }
        if self.flux {
            cluster.artifacts = Some(addons::artifacts(&cluster.supervisor, self.charts.as_deref()).await?);
            addons::flux(&cluster.supervisor, &client).await?;
        }
        Ok(())
    }
}

/// Repeats a start that failed because another process took a port meanwhile.
async fn persist<T>(start: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 1..ATTEMPTS {
        match start().await {
            Err(error) if error.is_port_taken() => tracing::debug!(%error, "a port was lost to another process"),
            outcome => return outcome,
        }
    }
    start().await
}

async fn admin_config(kubeconfig: &Path) -> Result<Config, Error> {
    let file = Kubeconfig::read_from(kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    // A proxy of the environment cannot reach our loopback.
    config.proxy_url = None;
    Ok(config)
}

/// A running API server with its own etcd, and whatever else the [`Builder`] was told.
///
/// Dropping it stops all servers and removes their data; so does the end of the
/// process, however it ends.
#[derive(Debug)]
pub struct Cluster {
    supervisor: Supervisor,
    config: Config,
    url: String,
    api_server: Server,
    kubeconfig: PathBuf,
    users: Vec<User>,
    artifacts: Option<Artifacts>,
}

impl Cluster {
    /// A cluster of etcd and API server, to which more can be added.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A new client of user `admin`, who may do everything.
    ///
    /// A client belongs to the runtime it is made in: make one in each test.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn client(&self) -> Result<Client, Error> {
        self.client_as("admin")
    }

    /// A new client of any user: by its own token if the cluster knows it, else
    /// impersonated by `admin` (in group `system:authenticated` only).
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn client_as(&self, user: &str) -> Result<Client, Error> {
        Ok(Client::try_from(self.config_as(user))?)
    }

    /// The configuration of [`client_as`](Self::client_as), to build a client with further layers.
    #[must_use]
    pub fn config_as(&self, user: &str) -> Config {
        let mut config = self.config.clone();
        match self.users.iter().find(|known| known.name == user) {
            Some(known) => config.auth_info.token = Some(known.token().into()),
            None => config.auth_info.impersonate = Some(user.to_owned()),
        }
        config
    }

    /// The API server's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A kubeconfig file with a context for each known user; `admin` is the current one.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The folder with the servers' logs (`<server>.log`), removed when the cluster ends.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.supervisor.folder()
    }

    /// The requests the API server has got.
    #[must_use]
    pub fn audit(&self) -> Audit {
        Audit::new(self.folder().join(control_plane::AUDIT_LOG))
    }

    /// Stops the API server's process for a while, as a machine that hangs does: it answers nothing and keeps its
    /// connections.
    ///
    /// # Errors
    /// When it does not run, or cannot be signalled.
    pub async fn pause_api_server(&self, pause: Duration) -> Result<(), Error> {
        self.signal_api_server("-STOP")?;
        tokio::time::sleep(pause).await;
        self.signal_api_server("-CONT")
    }

    /// Kills the API server, starts it again and waits until it is ready.
    ///
    /// # Errors
    /// When it does not end or start.
    pub async fn restart_api_server(&self) -> Result<(), Error> {
        self.supervisor.stop(self.api_server.name).await?;
        self.supervisor.run(&self.api_server)?;
        self.supervisor.started(self.api_server.name).await?;
        control_plane::ready(&self.supervisor, &self.client()?).await
    }

    fn signal_api_server(&self, signal: &str) -> Result<(), Error> {
        let name = self.api_server.name;
        let gone = || Error::Refused { detail: format!("{name} does not run") };
        let pid = self.supervisor.pid(name).ok_or_else(gone)?.to_string();
        let told = Command::new("kill").args([signal, &pid]).status();
        let told = told.map_err(|source| Error::Supervisor { source })?;
        if told.success() { Ok(()) } else { Err(gone()) }
    }

    /// What the server of charts offers.
    ///
    /// # Errors
    /// [`Error::NotBuilt`] unless built with [`Builder::flux`].
    pub fn artifacts(&self) -> Result<&Artifacts, Error> {
        self.artifacts.as_ref().ok_or(Error::NotBuilt { part: "flux" })
    }

    /// Creates a namespace of its own for a test and returns its name.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn namespace(&self) -> Result<String, Error> {
        let mut namespace = Namespace::default();
        namespace.metadata.generate_name = Some("test-".to_owned());
        let created = Api::all(self.client()?).create(&PostParams::default(), &namespace).await?;
        Ok(created.name_any())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn exited(log: &str) -> Error {
        Error::Exited { server: "etcd".to_owned(), status: "exit status 1".to_owned(), log: log.to_owned() }
    }

    #[tokio::test]
    async fn a_start_is_repeated_only_when_a_port_was_lost() {
        let tries = Cell::new(0);
        let started = persist(async || {
            tries.set(tries.get() + 1);
            if tries.get() < 3 { Err(exited("listen tcp 127.0.0.1:1: bind: address already in use")) } else { Ok(()) }
        });
        assert!(started.await.is_ok() && tries.get() == 3);

        tries.set(0);
        let failed = persist(async || -> Result<(), Error> {
            tries.set(tries.get() + 1);
            Err(exited("no space left on device"))
        });
        assert!(failed.await.is_err() && tries.get() == 1);
    }
}
