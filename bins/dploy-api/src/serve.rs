use std::{net::SocketAddr, sync::Arc, time::Duration};

use dploy_auth::{Authenticator, HttpJwks, IdentityRules, JwksVerifier, TokenRules, oidc};
use dploy_core::time::Clock;
use dploy_k8s::controller::register_process;
use kube::Client;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    Config, SystemClock,
    app::{Surface, app},
    config::{self, Tokens},
    connections, environments,
    metrics::Metrics,
    random::SystemRandom,
    releases,
};

/// How long requests that are being answered may take when the server is told to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// Why a server could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The configuration cannot be used.
    #[error("the configuration cannot be used")]
    Config(#[from] config::Error),
    /// There is no way to reach a cluster: neither in-cluster configuration nor a kubeconfig.
    #[error("cannot find a cluster: set KUBECONFIG, or run inside one")]
    Cluster(#[source] Box<kube::Error>),
    /// Environments are to be served, and no cluster was given.
    #[error("environments need a cluster")]
    NoCluster,
    /// The identity provider's keys can never be fetched from this machine.
    #[error("cannot fetch keys from JWKS_URL")]
    Keys(#[source] oidc::Error),
    /// Environments cannot be served.
    #[error("environments cannot be set up")]
    Environments(#[from] environments::SetupError),
    /// The release service cannot be set up.
    #[error("the release service cannot be set up")]
    Releases(#[from] releases::SetupError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// Serves until `shutdown`: then no more connections are taken, and requests that are being answered get 25 seconds.
///
/// `cluster` is needed where environments are served. It serves at once, also while the cluster or the identity provider
/// is unreachable; until the cluster's state is known, environments answer 503.
///
/// # Errors
/// The address cannot be listened on, or a part cannot be set up.
pub async fn run(config: Config, cluster: Option<Client>, shutdown: CancellationToken) -> Result<(), ServerError> {
    Server::bind(config, cluster).await?.serve(shutdown).await;
    Ok(())
}

/// A server that listens and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: axum::Router,
    /// What works in the background.
    tasks: TaskTracker,
    /// Ends it.
    background: CancellationToken,
    /// The watches end with it, and what works in the background.
    _watching: [DropGuard; 2],
}

impl Server {
    /// Listens on the configured address and starts to watch the cluster.
    ///
    /// # Errors
    /// The address cannot be listened on, or a part cannot be set up.
    pub async fn bind(config: Config, cluster: Option<Client>) -> Result<Self, ServerError> {
        let listen = |source| ServerError::Listen { address: config.address, source };
        let listener = TcpListener::bind(config.address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let around = Around::of(address);
        let surface = surface(config, cluster, &around).await?;
        let Around { watching, background, tasks, .. } = around;
        let guards = [watching.drop_guard(), background.clone().drop_guard()];
        Ok(Self { listener, address, router: app(surface), tasks, background, _watching: guards })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`, as [`run`] does.
    pub async fn serve(self, shutdown: CancellationToken) {
        tracing::info!(server.address = %self.address, "serving");
        // Streams and workers end by themselves as soon as the server is told to.
        let (told, background) = (shutdown.clone(), self.background.clone());
        tokio::spawn(async move {
            told.cancelled().await;
            background.cancel();
        });
        if !connections::serve(self.listener, self.router, shutdown, DRAIN).await {
            tracing::warn!("stopped with requests unanswered");
        }
        self.tasks.close();
        if tokio::time::timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("stopped while a deployment was carried out; the next start heals it");
        }
    }
}

/// What a server's parts share.
struct Around {
    /// The server as clients reach it, where nothing is configured.
    own_url: String,
    tasks: TaskTracker,
    watching: CancellationToken,
    background: CancellationToken,
}

impl Around {
    fn of(address: SocketAddr) -> Self {
        let own_url = match address.ip().is_unspecified() {
            true => format!("http://localhost:{}", address.port()),
            false => format!("http://{address}"),
        };
        let token = CancellationToken::new;
        Self { own_url, tasks: TaskTracker::new(), watching: token(), background: token() }
    }
}

async fn surface(config: Config, cluster: Option<Client>, around: &Around) -> Result<Surface, ServerError> {
    let clock = Arc::new(SystemClock);
    let mut registry = Registry::default();
    register_process(&mut registry);
    let callers = config.tokens.as_ref().map(|tokens| authenticator(tokens, clock.clone())).transpose()?;
    let started = match (&config.environments, &config.tokens, callers.clone()) {
        (Some(domain), Some(tokens), Some(authenticator)) => {
            let surroundings = environments::serve::Surroundings {
                tokens,
                client: cluster.ok_or(ServerError::NoCluster)?,
                clock: clock.clone(),
                registry: &mut registry,
                watching: &around.watching,
            };
            Some((environments::serve::start(domain, surroundings)?, authenticator, domain.features))
        }
        _ => None,
    };
    let releases = match config.releases {
        Some(domain) => {
            let surroundings = releases::Surroundings {
                authenticator: callers,
                own_url: around.own_url.clone(),
                clock,
                random: Arc::new(SystemRandom),
                registry: &mut registry,
                stop: around.background.clone(),
                tasks: &around.tasks,
            };
            Some(releases::start(domain, surroundings).await?)
        }
        None => None,
    };
    let metrics = Metrics::new(registry);
    let environments = started.map(|((environments, readiness), authenticator, features)| environments::State {
        environments,
        authenticator,
        features,
        metrics: metrics.clone(),
        readiness,
        stop: around.background.clone(),
    });
    Ok(Surface { environments, releases, metrics, cors: config.cors })
}

fn authenticator(tokens: &Tokens, clock: Arc<dyn Clock>) -> Result<Authenticator, ServerError> {
    let keys = Arc::new(HttpJwks::new(&tokens.jwks_url).map_err(ServerError::Keys)?);
    let rules = TokenRules { issuer: tokens.issuer.clone(), audience: tokens.audience.clone() };
    let (username_claim, owner_claim) = (tokens.username_claim.clone(), tokens.owner_claim.clone());
    let verifier = Arc::new(JwksVerifier::new(keys, clock, rules));
    Ok(Authenticator::new(verifier, IdentityRules { username_claim, owner_claim, admin: tokens.admin.clone() }))
}
