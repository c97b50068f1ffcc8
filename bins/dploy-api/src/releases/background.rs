use std::{collections::BTreeSet, sync::Arc, time::Duration};

use dploy_core::{
    releases::{
        deployment::DeploymentState,
        page::Page,
        ports::{DeploymentFilter, RecordError, Records},
        queue::Deployer,
        service::Releases,
        target::RepositoryUrl,
    },
    time::Clock,
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use tokio::sync::watch::Receiver;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Signals, holder::Holder};

/// How often a queue is looked at that another replica may have filled.
const POLL: Duration = Duration::from_secs(2);
/// How long to wait where another replica has the repository, or the database does not answer.
const TURN: Duration = Duration::from_secs(1);
/// How often targets are looked at for repositories that have no worker yet.
const REPOSITORIES: Duration = Duration::from_secs(10);
/// How often drafts are looked at that nobody published.
const SWEEP: Duration = Duration::from_secs(3600);
/// How often deployments are counted.
const COUNT: Duration = Duration::from_secs(15);

/// What works in the background: a worker for each repository, the janitor, and what counts.
#[derive(Clone)]
pub(super) struct Background {
    pub(super) deployer: Arc<Deployer>,
    /// The name that the deployer works under stays this process' until everything here has ended.
    pub(super) holder: Arc<Holder>,
    pub(super) releases: Arc<Releases>,
    pub(super) records: Arc<dyn Records>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) signals: Signals,
    pub(super) gauges: Gauges,
    pub(super) stop: CancellationToken,
}

impl Background {
    /// Starts all of it; it ends soon after `stop`, a pass over a repository not before it is done.
    pub(super) fn start(self, tasks: &TaskTracker) {
        tasks.spawn(self.clone().employ(tasks.clone()));
        tasks.spawn(self.clone().sweep());
        tasks.spawn(self.count());
    }

    /// Sees to it that every repository has a worker.
    async fn employ(self, tasks: TaskTracker) {
        tracing::debug!(holder.name = self.holder.name(), "working on what is queued");
        let mut employed = BTreeSet::new();
        let mut queued = self.signals.watch_queued();
        while !self.stop.is_cancelled() {
            match self.deployer.repositories().await {
                Ok(repositories) => {
                    for url in repositories {
                        if employed.insert(url.clone()) {
                            tasks.spawn(self.clone().work(url));
                        }
                    }
                }
                Err(error) => complain("targets cannot be listed", &error),
            }
            self.pause(REPOSITORIES, Some(&mut queued)).await;
        }
    }

    /// Carries out what is queued for a repository.
    async fn work(self, url: Option<RepositoryUrl>) {
        let mut queued = self.signals.watch_queued();
        while !self.stop.is_cancelled() {
            queued.mark_unchanged();
            let rest = match self.deployer.work(url.as_ref()).await {
                Ok(work) => {
                    if work.moved > 0 {
                        self.signals.moved();
                        continue;
                    }
                    let turn = if work.elsewhere { TURN } else { POLL };
                    work.wake_at.map_or(turn, |at| self.clock.now().until(at).min(turn))
                }
                Err(error) => {
                    complain("the queue cannot be worked on", &error);
                    TURN
                }
            };
            self.pause(rest, Some(&mut queued)).await;
        }
    }

    async fn sweep(self) {
        while !self.stop.is_cancelled() {
            match self.releases.sweep().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "drafts that nobody published are removed"),
                Err(error) => tracing::warn!(error = dploy_core::error::chain(&error), "drafts cannot be removed"),
            }
            self.pause(SWEEP, None).await;
        }
    }

    async fn count(self) {
        while !self.stop.is_cancelled() {
            for state in DeploymentState::ALL {
                let filter = DeploymentFilter { states: vec![state], ..DeploymentFilter::default() };
                match self.records.list_deployments(&filter, Page { limit: 1, offset: 0 }).await {
                    Ok(found) => self.gauges.set(state, found.total),
                    Err(error) => complain("deployments cannot be counted", &error),
                }
            }
            self.pause(COUNT, None).await;
        }
    }

    /// Until the time has passed, something is queued, or the server stops.
    async fn pause(&self, at_most: Duration, queued: Option<&mut Receiver<u64>>) {
        let change = async {
            if let Some(queued) = queued
                && queued.changed().await.is_ok()
            {
                return;
            }
            std::future::pending().await
        };
        tokio::select! {
            () = change => {}
            () = tokio::time::sleep(at_most) => {}
            () = self.stop.cancelled() => {}
        }
    }
}

fn complain(what: &'static str, error: &RecordError) {
    tracing::warn!(error = dploy_core::error::chain(error), "{what}");
}

/// How many deployments there are, by state.
#[derive(Clone, Debug, Default)]
pub(super) struct Gauges {
    deployments: Family<StateLabel, Gauge>,
    queue: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

impl Gauges {
    /// Registers `dploy_api_deployments` and `dploy_api_queue_length`.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        registry.register("dploy_api_deployments", "Deployments by state", gauges.deployments.clone());
        registry.register("dploy_api_queue_length", "Deployments that wait for their turn", gauges.queue.clone());
        gauges
    }

    fn set(&self, state: DeploymentState, count: u64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.deployments.get_or_create(&StateLabel { state: state.as_str() }).set(count);
        if state == DeploymentState::Queued {
            self.queue.set(count);
        }
    }
}
