use std::sync::Arc;

use dploy_core::{
    environments::service::{Environments, Options},
    time::Clock,
};
use dploy_k8s::{
    cluster::{CacheMetrics, Events},
    environments::{Caches, KubernetesAudit, KubernetesClaims, KubernetesMarker, KubernetesObserver, caches::Scope},
};
use kube::Client;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;

use crate::config::{EnvironmentsConfig, Tokens};

use super::{Readiness, audit::Logged};

/// The use cases on a cluster, and when they can be asked. The watches end with `watching`.
pub(crate) fn start(
    config: &EnvironmentsConfig,
    tokens: &Tokens,
    client: &Client,
    clock: Arc<dyn Clock>,
    registry: &mut Registry,
    watching: &CancellationToken,
) -> (Arc<Environments>, Readiness) {
    let caches = Caches::new(client, &CacheMetrics::register(registry));
    let scope = Scope::Namespace(config.namespace.clone());
    caches.watch(client, &scope, watching);
    let environments = Environments::new(
        Arc::new(KubernetesObserver::new(caches.clone(), config.namespace.clone(), config.fallbacks.clone())),
        Arc::new(KubernetesClaims::new(caches.claims.clone(), config.namespace.clone())),
        clock,
        options(config, tokens),
    );
    let events = Events::new(client.clone(), "dploy-api", instance());
    let audit = KubernetesAudit::new(events, caches.templates.clone(), config.namespace.clone());
    let environments = environments
        .with_marker(Arc::new(KubernetesMarker::new(caches.templates.clone(), config.namespace.clone())))
        .with_audit(Arc::new(Logged(Arc::new(audit))));
    let readiness = Readiness::default();
    let synced = readiness.clone();
    let until = watching.clone();
    tokio::spawn(async move {
        if until.run_until_cancelled(caches.wait_synced(&scope)).await.is_some() {
            tracing::info!("the cluster's state is known");
            synced.set();
        }
    });
    (Arc::new(environments), readiness)
}

/// This process, as Events name it.
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
