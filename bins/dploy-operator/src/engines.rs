//! The engines that this program has.

use std::sync::Arc;

use dploy_core::environments::{orphans::Inventory, template::EngineKind};
use dploy_k8s::{
    cluster::CacheMetrics,
    environments::{Engines, argocd::ArgoCdEngine, flux::FluxEngine},
};
use kube::Client;
use tokio_util::sync::CancellationToken;

use crate::Config;

/// Both engines with their watches. A cluster may lack the kinds of either: its templates then say so.
#[derive(Clone)]
pub(crate) struct Installed {
    flux: Arc<FluxEngine>,
    argocd: Arc<ArgoCdEngine>,
}

impl Installed {
    /// Engines that write through `guarded`.
    pub(crate) fn new(guarded: &Client, config: &Config, metrics: &CacheMetrics) -> Self {
        let home = &config.namespace;
        Self {
            flux: Arc::new(FluxEngine::new(guarded, home, metrics)),
            argocd: Arc::new(ArgoCdEngine::new(guarded, home, config.clock.clone(), metrics)),
        }
    }

    /// The engines by what templates call them.
    pub(crate) fn by_kind(&self) -> Engines {
        Engines::from([
            (EngineKind::Flux, Arc::clone(&self.flux) as _),
            (EngineKind::ArgoCd, Arc::clone(&self.argocd) as _),
        ])
    }

    /// What the engines have made.
    pub(crate) fn inventories(&self) -> Vec<Arc<dyn Inventory>> {
        vec![Arc::clone(&self.flux) as _, Arc::clone(&self.argocd) as _]
    }

    /// Starts to watch what they write; ends with `cancel`.
    pub(crate) fn watch(&self, client: &Client, cancel: &CancellationToken) {
        self.flux.watch(client, cancel);
        self.argocd.watch(client, cancel);
    }

    /// Whether everything that they write has been listed.
    pub(crate) fn synced(&self) -> bool {
        self.flux.synced() && self.argocd.synced()
    }

    /// Lists it again, and waits for it.
    pub(crate) async fn refresh(&self) {
        tokio::join!(self.flux.refresh(), self.argocd.refresh());
    }
}
