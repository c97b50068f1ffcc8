//! The life of an operator process.

use std::{sync::Arc, time::Duration};

use dploy_k8s::{
    cluster::{CacheMetrics, Elector, Ended, KubeLease, Leadership, RequestMetrics, client},
    controller::register_process,
    environments::{Caches, InstalledEngines, Operator, OperatorOptions, caches::Scope, orphans::Sweep},
};
use kube::Client;
use prometheus_client::registry::Registry;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Config, Error, probes};

/// Runs the operator until `shutdown`: then running reconciles finish and the lease is given back.
///
/// It watches the whole cluster through `client` from the start, and writes through it only while it leads.
///
/// # Errors
/// An address that cannot be listened on; [`Error::LostLeadership`] when another process may lead.
pub async fn run(config: Config, client: Client, shutdown: CancellationToken) -> Result<(), Error> {
    let election = Election::start(&config, &client);
    let mut registry = Registry::default();
    register_process(&mut registry);
    let client = RequestMetrics::register(&mut registry).count(&client);
    let guarded = client::guard(&client, election.leadership.clone());
    let counted = CacheMetrics::register(&mut registry);
    let caches = Caches::new(&guarded, &counted);
    let scope = Scope::All;
    let watching = CancellationToken::new();
    let _stop_watching = watching.clone().drop_guard();
    caches.watch(&client, &scope, &watching);
    let engines = InstalledEngines::new(&guarded, &config.namespace, config.clock.clone(), &counted);
    engines.watch(&client, &watching);
    let options = OperatorOptions {
        home: config.namespace.clone(),
        fallbacks: config.fallbacks.clone(),
        legacy_owners: config.legacy_owners,
        identity: election.identity.clone(),
        concurrency: config.concurrency.into(),
        resync: Duration::from_secs(config.resync_period.into()),
        clock: config.clock.clone(),
    };
    let sweep = Sweep { grace_seconds: config.orphan_grace.0, inventories: engines.inventories() };
    let operator = Operator::new(caches.clone(), engines.by_kind(), guarded, options, &mut registry).with_sweep(sweep);
    let serving = CancellationToken::new();
    let _stop_serving = serving.clone().drop_guard();
    let (seen, releases) = (caches.clone(), engines.clone());
    let synced = move || seen.synced(&scope) && releases.synced();
    probes::serve_metrics(config.metrics_bind_address, Arc::new(registry), serving.clone()).await?;
    probes::serve_health(config.health_probe_bind_address, synced, serving.clone()).await?;

    if shutdown.run_until_cancelled(election.leadership.acquired()).await.is_some() {
        lead(&operator, &caches, &engines, &election.leadership, &shutdown).await;
    }
    election.end().await
}

/// Runs the controllers until `shutdown`, or until leadership is lost.
async fn lead(
    operator: &Operator,
    caches: &Caches,
    engines: &InstalledEngines,
    leadership: &Leadership,
    shutdown: &CancellationToken,
) {
    let stop = shutdown.child_token();
    // A list made after the lease was taken shows everything that a former leader wrote.
    let consistent = async { tokio::join!(caches.refresh(&Scope::All), engines.refresh()) };
    if stop.run_until_cancelled(consistent).await.is_none() {
        return;
    }
    tracing::info!("leading");
    tokio::select! {
        () = operator.run(stop.clone()) => {}
        () = leadership.lost() => stop.cancel(),
    }
}

/// This process's part in the election of a leader.
struct Election {
    leadership: Leadership,
    identity: String,
    release: CancellationToken,
    elector: Option<JoinHandle<Ended>>,
}

impl Election {
    fn start(config: &Config, client: &Client) -> Self {
        let lease = config.lease();
        let identity = lease.identity.clone();
        let release = CancellationToken::new();
        if !config.leader_elect {
            return Self { leadership: Leadership::always(), identity, release, elector: None };
        }
        let (mut elector, leadership) = Elector::new(lease.clone(), KubeLease::new(client.clone(), &lease));
        let until = release.clone();
        let elector = tokio::spawn(async move { elector.run(until).await });
        Self { leadership, identity, release, elector: Some(elector) }
    }

    /// Gives the lease back if it is held.
    async fn end(self) -> Result<(), Error> {
        self.release.cancel();
        let Some(elector) = self.elector else { return Ok(()) };
        if matches!(elector.await, Ok(Ended::Released)) { Ok(()) } else { Err(Error::LostLeadership) }
    }
}
