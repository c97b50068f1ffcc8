//! What handlers and workers of one process tell one another, so that nobody waits for a clock.

use std::sync::Arc;

use tokio::sync::watch::{self, Receiver, Sender};

/// Tells workers that something was queued, and whoever waits that a deployment moved; clones share it.
#[derive(Clone, Debug)]
pub struct Signals {
    queued: Arc<Sender<u64>>,
    moved: Arc<Sender<u64>>,
}

impl Default for Signals {
    fn default() -> Self {
        let channel = || Arc::new(watch::channel(0).0);
        Self { queued: channel(), moved: channel() }
    }
}

impl Signals {
    /// Something was queued.
    pub fn queued(&self) {
        self.queued.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Deployments came to new states.
    pub fn moved(&self) {
        self.moved.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Changes whenever something is queued from now on.
    #[must_use]
    pub fn watch_queued(&self) -> Receiver<u64> {
        self.queued.subscribe()
    }

    /// Changes whenever deployments move from now on.
    #[must_use]
    pub fn watch_moved(&self) -> Receiver<u64> {
        self.moved.subscribe()
    }
}
