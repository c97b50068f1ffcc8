use std::{path::PathBuf, sync::Arc};

use dploy_core::{
    environments::{
        audit::NoAudit,
        file::{self, InvalidFile},
        service::{Environments, Options},
        settings::Settings,
        template::EngineKind,
    },
    time::Clock,
};
use dploy_k8s::{
    cluster::{CacheMetrics, Events, RequestMetrics},
    environments::{
        Caches, KubernetesAudit, KubernetesClaims, KubernetesMarker, KubernetesObserver,
        caches::Scope,
        convert,
        direct::{Direct, DirectOptions, run_cleanup},
    },
};
use kube::Client;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;

use crate::config::{DirectConfig, EnvironmentsConfig, Tokens};

use super::{Readiness, audit::Logged};

/// Why environments cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// `ENVIRONMENTS_FILE` cannot be read.
    #[error("cannot read ENVIRONMENTS_FILE {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// `ENVIRONMENTS_FILE` says something that is not accepted.
    #[error("cannot use ENVIRONMENTS_FILE {}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where, and what is accepted.
        #[source]
        source: InvalidFile,
    },
}

/// What the domain is started with beside its configuration.
pub(crate) struct Surroundings<'a> {
    pub(crate) tokens: &'a Tokens,
    pub(crate) client: Client,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: &'a mut Registry,
    /// Ends the watches.
    pub(crate) watching: &'a CancellationToken,
}

/// The use cases on a cluster, and when they can be asked.
pub(crate) fn start(
    config: &EnvironmentsConfig,
    around: Surroundings<'_>,
) -> Result<(Arc<Environments>, Readiness), SetupError> {
    let Surroundings { tokens, client, clock, registry, watching } = around;
    let client = RequestMetrics::register(registry).count(&client);
    let metrics = CacheMetrics::register(registry);
    let setup = Setup { config, client, metrics, clock, options: options(config, tokens), watching };
    match &config.direct {
        None => Ok(setup.operated()),
        Some(direct) => setup.direct(direct),
    }
}

/// What both kinds of installations are made of.
struct Setup<'a> {
    config: &'a EnvironmentsConfig,
    client: Client,
    metrics: CacheMetrics,
    clock: Arc<dyn Clock>,
    options: Options,
    watching: &'a CancellationToken,
}

impl Setup<'_> {
    /// Over what the operator makes of claims.
    fn operated(self) -> (Arc<Environments>, Readiness) {
        let Self { config, client, metrics, clock, options, watching } = self;
        let caches = Caches::new(&client, &metrics);
        let scope = Scope::Namespace(config.namespace.clone());
        caches.watch(&client, &scope, watching);
        let environments = Environments::new(
            Arc::new(KubernetesObserver::new(caches.clone(), config.namespace.clone(), config.fallbacks.clone())),
            Arc::new(KubernetesClaims::new(caches.claims.clone(), config.namespace.clone())),
            clock,
            options,
        );
        let events = Events::new(client, "dploy-api", instance());
        let audit = KubernetesAudit::new(events, caches.templates.clone(), config.namespace.clone());
        let environments = environments
            .with_marker(Arc::new(KubernetesMarker::new(caches.templates.clone(), config.namespace.clone())))
            .with_audit(Arc::new(Logged(Arc::new(audit))));
        let readiness = once_known(async move { caches.wait_synced(&scope).await }, watching);
        (Arc::new(environments), readiness)
    }

    /// Over the Applications that this server makes itself; it also removes what has ended.
    fn direct(self, direct: &DirectConfig) -> Result<(Arc<Environments>, Readiness), SetupError> {
        let Self { config, client, metrics, clock, options, watching } = self;
        let path = || direct.file.clone();
        let text = std::fs::read(&direct.file).map_err(|source| SetupError::Unreadable { path: path(), source })?;
        let listed = file::read(&text).map_err(|source| SetupError::Invalid { path: path(), source })?;
        let platform_options = DirectOptions {
            namespace: config.namespace.clone(),
            settings: Settings {
                engine: EngineKind::ArgoCd,
                base_domain: direct.base_domain.clone(),
                ..convert::settings(&convert::effective_spec(None, &config.fallbacks))
            },
            environments: listed,
            identity: instance(),
        };
        let platform = Arc::new(Direct::new(&client, platform_options, Arc::clone(&clock), &metrics));
        platform.watch(&client, watching);
        let looking = Arc::clone(&platform);
        tokio::spawn(async move { looking.warn_of_obstacles().await });
        tokio::spawn(run_cleanup(Arc::clone(&platform), direct.cleanup_interval, watching.clone()));
        let (observer, claims) = (Arc::clone(&platform), Arc::clone(&platform));
        let environments = Environments::new(observer, claims, clock, options);
        let environments = environments.with_audit(Arc::new(Logged(Arc::new(NoAudit))));
        let readiness = once_known(async move { platform.wait_synced().await }, watching);
        Ok((Arc::new(environments), readiness))
    }
}

/// Ready as soon as `known` ends.
fn once_known(known: impl Future<Output = ()> + Send + 'static, watching: &CancellationToken) -> Readiness {
    let readiness = Readiness::default();
    let (synced, until) = (readiness.clone(), watching.clone());
    tokio::spawn(async move {
        if until.run_until_cancelled(known).await.is_some() {
            tracing::info!("the cluster's state is known");
            synced.set();
        }
    });
    readiness
}

/// This process, as Events and Leases name it.
fn instance() -> String {
    std::env::var("HOSTNAME").unwrap_or_else(|_| "dploy-api".to_owned())
}

fn options(config: &EnvironmentsConfig, tokens: &Tokens) -> Options {
    Options {
        claim_wait: config.claim_wait,
        legacy_owners: config.legacy_owners,
        personal_claims: [&tokens.username_claim, &tokens.owner_claim].into_iter().cloned().collect(),
    }
}
