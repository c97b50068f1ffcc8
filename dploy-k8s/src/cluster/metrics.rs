//! Metrics of caches and their watches.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What the caches count, by kind. The default value counts into nowhere.
#[derive(Clone, Debug, Default)]
pub struct CacheMetrics {
    objects: Family<KindLabel, Gauge>,
    malformed: Family<KindLabel, Counter>,
    failures: Family<KindLabel, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: String,
}

impl CacheMetrics {
    /// Registers `dploy_cache_objects`, `dploy_cache_malformed_total` and `dploy_watch_errors_total`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("dploy_cache_objects", "Objects in the watch cache", metrics.objects.clone());
        registry.register(
            "dploy_cache_malformed",
            "Objects received that do not parse as their kind",
            metrics.malformed.clone(),
        );
        registry.register("dploy_watch_errors", "Lists and watches that failed", metrics.failures.clone());
        metrics
    }

    pub(super) fn set_objects(&self, kind: &str, count: usize) {
        // What has not happened yet is zero, not unknown.
        drop((self.malformed.get_or_create(&label(kind)), self.failures.get_or_create(&label(kind))));
        self.objects.get_or_create(&label(kind)).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(super) fn count_malformed(&self, kind: &str) {
        self.malformed.get_or_create(&label(kind)).inc();
    }

    pub(super) fn count_failure(&self, kind: &str) {
        self.failures.get_or_create(&label(kind)).inc();
    }
}

fn label(kind: &str) -> KindLabel {
    KindLabel { kind: kind.to_owned() }
}
