use std::{net::SocketAddr, sync::Arc, time::Duration};

use dploy_auth::{Authenticator, HttpJwks, IdentityRules, JwksVerifier, TokenRules, oidc};
use dploy_core::time::Clock;
use kube::Client;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Config, SystemClock,
    app::{Surface, app},
    config::{self, Tokens},
    connections, environments,
    metrics::Metrics,
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
    /// The watches end with it.
    _watching: DropGuard,
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
        let watching = CancellationToken::new();
        let surface = surface(config, cluster, &watching)?;
        Ok(Self { listener, address, router: app(surface), _watching: watching.drop_guard() })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`, as [`run`] does.
    pub async fn serve(self, shutdown: CancellationToken) {
        tracing::info!(server.address = %self.address, "serving");
        if !connections::serve(self.listener, self.router, shutdown, DRAIN).await {
            tracing::warn!("stopped with requests unanswered");
        }
    }
}

fn surface(config: Config, cluster: Option<Client>, watching: &CancellationToken) -> Result<Surface, ServerError> {
    let clock = Arc::new(SystemClock);
    let mut registry = Registry::default();
    let callers = config.tokens.as_ref().map(|tokens| authenticator(tokens, clock.clone())).transpose()?;
    let started = match (&config.environments, &config.tokens, callers.clone()) {
        (Some(domain), Some(tokens), Some(authenticator)) => {
            let client = cluster.ok_or(ServerError::NoCluster)?;
            let started = environments::serve::start(domain, tokens, &client, clock, &mut registry, watching);
            Some((started, authenticator, domain.features))
        }
        _ => None,
    };
    let metrics = Metrics::new(registry);
    let environments = started.map(|((environments, readiness), authenticator, features)| environments::State {
        environments,
        authenticator,
        features,
        metrics: metrics.clone(),
        readiness,
    });
    Ok(Surface { environments, metrics, cors: config.cors })
}

fn authenticator(tokens: &Tokens, clock: Arc<dyn Clock>) -> Result<Authenticator, ServerError> {
    let keys = Arc::new(HttpJwks::new(&tokens.jwks_url).map_err(ServerError::Keys)?);
    let rules = TokenRules { issuer: tokens.issuer.clone(), audience: tokens.audience.clone() };
    let (username_claim, owner_claim) = (tokens.username_claim.clone(), tokens.owner_claim.clone());
    let verifier = Arc::new(JwksVerifier::new(keys, clock, rules));
    Ok(Authenticator::new(verifier, IdentityRules { username_claim, owner_claim, admin: tokens.admin.clone() }))
}
