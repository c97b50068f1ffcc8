use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Config, ResourceExt as _,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};

use super::{
    Audit, Error, control_plane, programs,
    supervisor::Supervisor,
    users::{self, User},
};

/// How often a start is tried when ports get lost to other processes.
const ATTEMPTS: usize = 5;

/// What a [`Cluster`] shall consist of.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Builder {
    users: Vec<User>,
}

impl Builder {
    /// Adds a user with a token, or replaces the groups of a known one.
    ///
    /// Every cluster knows `admin`, `operator`, `api` and `stub`, all in `system:masters`.
    pub fn user(mut self, name: &str, groups: &[&str]) -> Self {
        self.users.push(User::new(name, groups));
        self
    }

    fn programs(&self) -> Vec<&'static str> {
        control_plane::PROGRAMS.to_vec()
    }

    /// Starts the servers and waits until the API server is ready.
    ///
    /// # Errors
    /// [`Error::Missing`] names every program that is not found; else why a server did not start.
    pub async fn start(self) -> Result<Cluster, Error> {
        programs::require(&self.programs())?;
        let mut attempt = 1;
        loop {
            match self.attempt().await {
                Err(error) if error.is_port_taken() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    async fn attempt(&self) -> Result<Cluster, Error> {
        let users = users::all(&self.users);
        let supervisor = Supervisor::start().await?;
        let url = control_plane::run(&supervisor, &users)?;
        let kubeconfig = supervisor.folder().join(control_plane::kubeconfig_name("admin"));
        let config = admin_config(&kubeconfig).await?;
        let cluster = Cluster { supervisor, config, url, kubeconfig, users };
        control_plane::ready(&cluster.supervisor, &cluster.client()?).await?;
        Ok(cluster)
    }
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
    kubeconfig: PathBuf,
    users: Vec<User>,
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
