use std::sync::Arc;

use dploy_core::releases::service::Releases;
use tokio_util::sync::CancellationToken;

use super::{Access, Health, Signals, Uploads};

/// What the routers of this domain share; cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    /// The use cases.
    pub releases: Arc<Releases>,
    /// Finds out who is calling.
    pub access: Access,
    /// What handlers and workers tell one another.
    pub signals: Signals,
    /// Takes the uploads where archives are kept in a folder; `None` where clients upload elsewhere.
    pub uploads: Option<Uploads>,
    /// Whether everything behind the server answers.
    pub health: Arc<Health>,
    /// Ends what would go on by itself: streams of events, and waiting.
    pub stop: CancellationToken,
}
