//! The process itself: what it takes, and when it is told to end.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
    registry::Registry,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The size of a page of memory on the machines that Kubernetes runs on with Linux' usual configuration.
const PAGE: i64 = 4096;

/// A token that SIGTERM and SIGINT cancel; called within a runtime.
#[must_use]
pub fn shutdown() -> CancellationToken {
    let token = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let token = token.clone();
        let Ok(mut stream) = signal(kind) else { continue };
        tokio::spawn(async move {
            stream.recv().await;
            token.cancel();
        });
    }
    token
}

/// Registers `process_resident_memory_bytes`, as Prometheus' own libraries call it; absent where the system has no
/// `/proc`.
pub fn register_process(registry: &mut Registry) {
    registry.register_collector(Box::new(Process));
}

#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(resident) = resident() else { return Ok(()) };
        let gauge = ConstGauge::new(resident);
        let name = "process_resident_memory_bytes";
        let metric = encoder.encode_descriptor(name, "Resident memory", None, gauge.metric_type())?;
        gauge.encode(metric)
    }
}

fn resident() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split_whitespace().nth(1)?.parse::<i64>().ok()? * PAGE)
}
