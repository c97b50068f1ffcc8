use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use dploy_auth::Authenticator;
use dploy_core::environments::service::Environments;
use tokio_util::sync::CancellationToken;

use crate::{config::Features, metrics::Metrics};

/// What the routers of this domain share; cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    /// The use cases.
    pub environments: Arc<Environments>,
    /// Finds out who is calling.
    pub authenticator: Authenticator,
    /// What is switched on.
    pub features: Features,
    /// What is counted.
    pub metrics: Metrics,
    /// Whether what is read is known yet.
    pub readiness: Readiness,
    /// Cancelled when the server stops: streams end then.
    pub stop: CancellationToken,
}

/// Whether the caches were filled: until then nothing can be said to be absent.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Everything is known from the beginning.
    #[must_use]
    pub fn ready() -> Self {
        let readiness = Self::default();
        readiness.set();
        readiness
    }

    /// Everything is known from now on.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether everything is known.
    #[must_use]
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
