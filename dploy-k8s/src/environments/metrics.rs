//! What is told of environments: how many there are, and how long they take.

use std::{collections::BTreeMap, fmt};

use dploy_core::{
    environments::{claim::ClaimPhase, instance::Instance},
    time::Timestamp,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{
        gauge::ConstGauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use super::{Caches, convert};

/// How long environments take. The default value counts into nowhere.
#[derive(Clone, Debug)]
pub(crate) struct EnvironmentMetrics {
    binds: Histogram,
    provisions: Histogram,
}

impl Default for EnvironmentMetrics {
    fn default() -> Self {
        // From 10 ms to 5 minutes, and from 100 ms to an hour.
        Self {
            binds: Histogram::new(exponential_buckets(0.01, 2.0, 15)),
            provisions: Histogram::new(exponential_buckets(0.1, 2.0, 16)),
        }
    }
}

impl EnvironmentMetrics {
    /// Registers `dploy_claim_bind_duration_seconds`, `dploy_provision_duration_seconds`, and what `caches` show at each
    /// scrape: `dploy_instances` and `dploy_claims` by phase, `dploy_pool_members` by pool and state.
    pub(crate) fn register(registry: &mut Registry, caches: &Caches) -> Self {
        let metrics = Self::default();
        registry.register_with_unit(
            "dploy_claim_bind_duration",
            "Time from the creation of a claim, to the second, until it was bound",
            Unit::Seconds,
            metrics.binds.clone(),
        );
        registry.register_with_unit(
            "dploy_provision_duration",
            "Time from the creation of an instance, to the second, until it was ready",
            Unit::Seconds,
            metrics.provisions.clone(),
        );
        registry.register_collector(Box::new(Population(caches.clone())));
        metrics
    }

    /// A claim that was created then is bound now.
    pub(crate) fn bound(&self, created: Timestamp, now: Timestamp) {
        self.binds.observe(between(created, now));
    }

    /// An instance that was created then is ready now.
    pub(crate) fn provisioned(&self, created: Timestamp, now: Timestamp) {
        self.provisions.observe(between(created, now));
    }
}

fn between(start: Timestamp, end: Timestamp) -> f64 {
    let (start, end): (jiff::Timestamp, jiff::Timestamp) = (start.into(), end.into());
    (end - start).total(jiff::Unit::Second).unwrap_or_default().max(0.0)
}

/// How many objects the caches hold.
struct Population(Caches);

impl fmt::Debug for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Population")
    }
}

/// A series' labels and value.
type Counts<const N: usize> = BTreeMap<[(&'static str, String); N], i64>;

impl Collector for Population {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (phases, members) = self.instances();
        write(&mut encoder, "dploy_instances", "Instances by phase", &phases)?;
        write(&mut encoder, "dploy_pool_members", "Members of pools by state", &members)?;
        write(&mut encoder, "dploy_claims", "Claims by phase", &self.claims())
    }
}

impl Population {
    /// Instances by phase, and members of pools by pool and state.
    fn instances(&self) -> (Counts<1>, Counts<3>) {
        let (mut phases, mut members) = (Counts::new(), Counts::new());
        for instance in self.0.instances.cache().scan().map(|object| convert::instance(&object)) {
            *phases.entry([("phase", instance.status.phase.as_str().to_owned())]).or_default() += 1;
            if let Some(labels) = member(&instance) {
                *members.entry(labels).or_default() += 1;
            }
        }
        (phases, members)
    }

    fn claims(&self) -> Counts<1> {
        let mut counts = Counts::new();
        for claim in self.0.claims.cache().scan() {
            let phase = match convert::claim(&claim).status.phase {
                ClaimPhase::Pending => "Pending",
                ClaimPhase::Bound => "Bound",
                ClaimPhase::Rejected => "Rejected",
                ClaimPhase::Expired => "Expired",
            };
            *counts.entry([("phase", phase.to_owned())]).or_default() += 1;
        }
        counts
    }
}

/// Where a member of a pool counts.
fn member(instance: &Instance) -> Option<[(&'static str, String); 3]> {
    if !instance.pooled || instance.meta.is_deleting() {
        return None;
    }
    let state = match (instance.is_free(), instance.is_available()) {
        (false, _) => "claimed",
        (true, true) => "available",
        (true, false) => "filling",
    };
    let Instance { meta, template, .. } = instance;
    Some([("namespace", meta.key.namespace.clone()), ("template", template.clone()), ("state", state.to_owned())])
}

fn write<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    counts: &Counts<N>,
) -> Result<(), fmt::Error> {
    let kind = ConstGauge::new(0_i64).metric_type();
    let mut family = encoder.encode_descriptor(name, help, None, kind)?;
    for (labels, count) in counts {
        ConstGauge::new(*count).encode(family.encode_family(labels)?)?;
    }
    Ok(())
}
