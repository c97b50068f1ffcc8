use std::{net::SocketAddr, sync::Arc, time::Duration};

use dploy_auth::{Authenticator, HttpJwks, IdentityRules, JwksVerifier, TokenRules, oidc};
use dploy_core::{
    environments::service::{Environments, Options},
    time::Clock,
};
use dploy_k8s::{
    cluster::CacheMetrics,
    environments::{Caches, KubernetesClaims, KubernetesObserver, caches::Scope},
};
use kube::Client;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Config, Readiness, State, SystemClock,
    app::app,
    config::{self, Tokens},
    connections,
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
/// It serves at once, also while the cluster or the identity provider is unreachable; until the cluster's state is known
/// it answers 503.
///
/// # Errors
/// The address cannot be listened on.
pub async fn run(config: Config, client: Client, shutdown: CancellationToken) -> Result<(), ServerError> {
    Server::bind(config, client).await?.serve(shutdown).await;
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
    /// The address cannot be listened on.
    pub async fn bind(config: Config, client: Client) -> Result<Self, ServerError> {
        let listen = |source| ServerError::Listen { address: config.address, source };
        let listener = TcpListener::bind(config.address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let watching = CancellationToken::new();
        let origins = config.cors.clone();
        let state = state(config, &client, &watching)?;
        Ok(Self { listener, address, router: app(state, origins), _watching: watching.drop_guard() })
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

fn state(config: Config, client: &Client, watching: &CancellationToken) -> Result<State, ServerError> {
    let mut registry = Registry::default();
    let caches = Caches::new(client, &CacheMetrics::register(&mut registry));
    let scope = Scope::Namespace(config.namespace.clone());
    caches.watch(client, &scope, watching);
    let clock = Arc::new(SystemClock);
    let environments = Environments::new(
        Arc::new(KubernetesObserver::new(caches.clone(), config.namespace.clone(), config.fallbacks.clone())),
        Arc::new(KubernetesClaims::new(caches.claims.clone(), config.namespace.clone())),
        clock.clone(),
        options(&config),
    );
    let readiness = Readiness::default();
    let synced = readiness.clone();
    let until = watching.clone();
    tokio::spawn(async move {
        if until.run_until_cancelled(caches.wait_synced(&scope)).await.is_some() {
            tracing::info!("the cluster's state is known");
            synced.set();
        }
    });
    Ok(State {
        environments: Arc::new(environments),
        authenticator: authenticator(config.tokens, clock)?,
        features: config.features,
        metrics: Metrics::new(registry),
        readiness,
    })
}

fn options(config: &Config) -> Options {
    Options {
        claim_wait: config.claim_wait,
        legacy_owners: config.legacy_owners,
        personal_claims: [&config.tokens.username_claim, &config.tokens.owner_claim].into_iter().cloned().collect(),
    }
}

fn authenticator(tokens: Tokens, clock: Arc<dyn Clock>) -> Result<Authenticator, ServerError> {
    let keys = Arc::new(HttpJwks::new(&tokens.jwks_url).map_err(ServerError::Keys)?);
    let rules = TokenRules { issuer: tokens.issuer, audience: tokens.audience };
    let (username_claim, owner_claim, admin) = (tokens.username_claim, tokens.owner_claim, tokens.admin);
    let verifier = Arc::new(JwksVerifier::new(keys, clock, rules));
    Ok(Authenticator::new(verifier, IdentityRules { username_claim, owner_claim, admin }))
}
