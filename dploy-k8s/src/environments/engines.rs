//! Both engines together, for programs that serve any cluster.

use std::sync::Arc;

use dploy_core::environments::{orphans::Inventory, template::EngineKind};
use kube::Client;
use tokio_util::sync::CancellationToken;

use crate::{cluster::CacheMetrics, controller::Clock};

use super::{Engines, argocd::ArgoCdEngine, flux::FluxEngine};

/// Both engines with their watches. A cluster may lack the kinds of either: its templates then say so.
#[derive(Clone, Debug)]
pub struct InstalledEngines {
    flux: Arc<FluxEngine>,
    argocd: Arc<ArgoCdEngine>,
}

impl InstalledEngines {
    /// Engines that write through `client`; `home` is the namespace that the platform itself lives in.
    #[must_use]
    pub fn new(client: &Client, home: &str, clock: Clock, metrics: &CacheMetrics) -> Self {
        Self {
            flux: Arc::new(FluxEngine::new(client, home, metrics)),
            argocd: Arc::new(ArgoCdEngine::new(client, home, clock, metrics)),
        }
    }

    /// The engines by what templates call them.
    #[must_use]
    pub fn by_kind(&self) -> Engines {
        Engines::from([
            (EngineKind::Flux, Arc::clone(&self.flux) as _),
            (EngineKind::ArgoCd, Arc::clone(&self.argocd) as _),
        ])
    }

    /// What the engines have made.
    #[must_use]
    pub fn inventories(&self) -> Vec<Arc<dyn Inventory>> {
        vec![Arc::clone(&self.flux) as _, Arc::clone(&self.argocd) as _]
    }

    /// Starts to watch what they write; ends with `cancel`.
    pub fn watch(&self, client: &Client, cancel: &CancellationToken) {
        self.flux.watch(client, cancel);
        self.argocd.watch(client, cancel);
    }

    /// Whether everything that they write has been listed.
    #[must_use]
    pub fn synced(&self) -> bool {
        self.flux.synced() && self.argocd.synced()
    }

    /// Waits until everything that they write has been listed.
    pub async fn wait_synced(&self) {
        tokio::join!(self.flux.wait_synced(), self.argocd.wait_synced());
    }

    /// Lists it again, and waits for it.
    pub async fn refresh(&self) {
        tokio::join!(self.flux.refresh(), self.argocd.refresh());
    }
}
