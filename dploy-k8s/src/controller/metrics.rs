//! Metrics of the controllers, by kind.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What the controllers count. The default value counts into nowhere.
#[derive(Clone, Debug)]
pub struct ControllerMetrics {
    reconciles: Family<KindLabel, Counter>,
    errors: Family<ErrorLabels, Counter>,
    duration: Family<KindLabel, Histogram>,
    wait: Family<KindLabel, Histogram>,
    depth: Family<KindLabel, Gauge>,
    quarantined: Family<KindLabel, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    kind: &'static str,
    reason: &'static str,
}

/// From 1 ms to 33 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 16))
}

impl Default for ControllerMetrics {
    fn default() -> Self {
        Self {
            reconciles: Family::default(),
            errors: Family::default(),
            duration: Family::new_with_constructor(seconds),
            wait: Family::new_with_constructor(seconds),
            depth: Family::default(),
            quarantined: Family::default(),
        }
    }
}

impl ControllerMetrics {
    /// Registers `dploy_reconciles_total`, `dploy_reconcile_errors_total` (by reason), `dploy_reconcile_duration_seconds`,
    /// `dploy_queue_wait_seconds`, `dploy_queue_depth` and `dploy_quarantined_objects`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("dploy_reconciles", "Reconciles that ended", metrics.reconciles.clone());
        registry.register("dploy_reconcile_errors", "Reconciles that failed, by reason", metrics.errors.clone());
        registry.register_with_unit(
            "dploy_reconcile_duration",
            "Duration of a reconcile",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        registry.register_with_unit(
            "dploy_queue_wait",
            "Time for which an object was due before its reconcile began",
            Unit::Seconds,
            metrics.wait.clone(),
        );
        registry.register("dploy_queue_depth", "Objects that wait for a reconcile", metrics.depth.clone());
        registry.register(
            "dploy_quarantined_objects",
            "Objects that failed too often in a row and are tried rarely",
            metrics.quarantined.clone(),
        );
        metrics
    }

    pub(super) fn started(&self, kind: &'static str, waited: Duration) {
        self.wait.get_or_create(&KindLabel { kind }).observe(waited.as_secs_f64());
    }

    pub(super) fn ended(&self, kind: &'static str, took: Duration) {
        // What has not happened yet is zero, not unknown.
        drop(self.errors.get_or_create(&ErrorLabels { kind, reason: "transient" }));
        self.reconciles.get_or_create(&KindLabel { kind }).inc();
        self.duration.get_or_create(&KindLabel { kind }).observe(took.as_secs_f64());
    }

    pub(super) fn failed(&self, kind: &'static str, reason: &'static str) {
        self.errors.get_or_create(&ErrorLabels { kind, reason }).inc();
    }

    pub(super) fn set_depth(&self, kind: &'static str, depth: usize) {
        self.depth.get_or_create(&KindLabel { kind }).set(i64::try_from(depth).unwrap_or(i64::MAX));
    }

    pub(super) fn set_quarantined(&self, kind: &'static str, objects: usize) {
        self.quarantined.get_or_create(&KindLabel { kind }).set(i64::try_from(objects).unwrap_or(i64::MAX));
    }
}
