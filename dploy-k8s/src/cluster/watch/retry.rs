//! When a list or watch is tried again, and what is said about it.

use std::time::Duration;

use tokio::time::error::Elapsed;

const FIRST: Duration = Duration::from_millis(200);
/// For as long as this what caches show may be behind, once a server that was away answers again.
const LONGEST: Duration = Duration::from_secs(5);
const MISSING: Duration = Duration::from_secs(15);

/// Why a list or watch failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the request failed")]
    Api(#[from] kube::Error),
    #[error("the server stopped answering")]
    Timeout(#[from] Elapsed),
    #[error("the server sent an object without resourceVersion")]
    NoVersion,
}

impl Failure {
    /// Whether the server does not know the kind.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.code == 404)
    }

    /// Whether the watch cannot be taken up from where it was.
    pub(super) fn wants_relist(&self) -> bool {
        match self {
            Self::Api(kube::Error::Api(status)) => status.code == 410 || status.code == 404,
            Self::NoVersion => true,
            _ => false,
        }
    }

    fn is_expired(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.code == 410)
    }
}

/// Delays between attempts: 0.2 s doubling to 5 s with jitter; a missing kind is looked for every 15 s.
pub(super) struct Retries {
    kind: String,
    optional: bool,
    failures: u32,
    reported: Option<String>,
}

impl Retries {
    pub(super) fn new(kind: String, optional: bool) -> Self {
        Self { kind, optional, failures: 0, reported: None }
    }

    pub(super) fn succeeded(&mut self) {
        if self.reported.take().is_some() {
            tracing::info!(object.kind = self.kind, "watching again");
        }
        self.failures = 0;
    }

    /// How long to wait now; says what happened once per new cause, not once per attempt.
    pub(super) fn failed(&mut self, failure: &Failure) -> Duration {
        if failure.is_expired() {
            tracing::debug!(object.kind = self.kind, "the server has forgotten the watch's version, listing again");
            return FIRST;
        }
        let cause = dploy_core::error::chain(failure);
        if self.reported.as_ref() != Some(&cause) {
            if self.optional && failure.is_missing() {
                tracing::info!(object.kind = self.kind, "kind is not installed, waiting for it");
            } else {
                tracing::warn!(object.kind = self.kind, error = cause, "cannot list or watch, retrying");
            }
            self.reported = Some(cause);
        }
        if self.optional && failure.is_missing() {
            return MISSING;
        }
        let delay = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        delay.mul_f64(rand::random_range(0.75..1.0))
    }
}
