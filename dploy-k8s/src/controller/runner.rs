//! Drives a reconciler over the keys of a queue.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dploy_core::error::chain;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Clock, ControllerMetrics, ErrorClass, Outcome, Policy, Queue, Reconciler, Retry, Taken, Then};
use crate::cluster::ObjectKey;

/// Runs one [`Reconciler`] over one [`Queue`]. See the [module](super) for what it guarantees.
pub struct Runner<R> {
    reconciler: Arc<R>,
    queue: Queue,
    policy: Policy,
    metrics: ControllerMetrics,
    clock: Clock,
    concurrency: usize,
    timeout: Duration,
}

/// How a reconcile that did not succeed ended.
enum Failure {
    Error { class: ErrorClass, text: String },
    TimedOut,
}

type Ended = (Result<Outcome, Failure>, Duration);

impl<R: Reconciler> Runner<R> {
    /// A runner with 8 concurrent reconciles of at most 2 minutes each, the default [`Policy`] and the system's clock.
    pub fn new(reconciler: R, queue: Queue) -> Self {
        Self {
            reconciler: Arc::new(reconciler),
            queue,
            policy: Policy::default(),
            metrics: ControllerMetrics::default(),
            clock: Clock::system(),
            concurrency: 8,
            timeout: Duration::from_secs(120),
        }
    }

    /// How many objects are reconciled at a time; at least one.
    #[must_use]
    pub fn concurrency(mut self, reconciles: usize) -> Self {
        self.concurrency = reconciles.max(1);
        self
    }

    /// How long one reconcile may take before it is cut off and counts as failed.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What is done about errors.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The time that plans are made for.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Counts into these metrics.
    #[must_use]
    pub fn metrics(mut self, metrics: ControllerMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Works until `shutdown` is cancelled, then finishes what is running and returns.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut running = Running::default();
        loop {
            self.metrics.set_depth(R::KIND, self.queue.len());
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(ended) = running.tasks.join_next_with_id() => self.settle(&mut running, ended),
                taken = self.queue.next(), if running.tasks.len() < self.concurrency => self.start(&mut running, taken),
            }
        }
        while let Some(ended) = running.tasks.join_next_with_id().await {
            self.settle(&mut running, ended);
        }
    }

    fn start(&self, running: &mut Running, taken: Taken) {
        self.metrics.started(R::KIND, taken.waited);
        let span = tracing::info_span!("reconcile", object.kind = R::KIND, object.key = %taken.key);
        let (reconciler, key, clock) = (self.reconciler.clone(), taken.key.clone(), self.clock.clone());
        let limit = self.timeout;
        let work = async move {
            let started = Instant::now();
            let result = match timeout(limit, reconcile(&*reconciler, &key, &clock)).await {
                Ok(Ok(outcome)) => Ok(outcome),
                Ok(Err(error)) => Err(Failure::Error { class: super::Classify::class(&error), text: chain(&error) }),
                Err(_) => Err(Failure::TimedOut),
            };
            (result, started.elapsed())
        };
        let task = running.tasks.spawn(work.instrument(span));
        running.keys.insert(task.id(), taken.key);
    }

    /// Takes in how a reconcile ended, and says when its key is due again.
    fn settle(&self, running: &mut Running, ended: Result<(Id, Ended), JoinError>) {
        let (id, result, took) = match ended {
            Ok((id, (result, took))) => (id, result.map_err(|failure| failure.describe()), took),
            Err(error) => (error.id(), Err((ErrorClass::Transient, "panic", panic_text(error))), Duration::ZERO),
        };
        let Some(key) = running.keys.remove(&id) else { return };
        self.metrics.ended(R::KIND, took);
        let then = match result {
            Ok(outcome) => {
                running.failures.remove(&key);
                outcome.requeue_after.map_or(Then::AwaitAdd, Then::After)
            }
            Err((class, reason, text)) => self.failed(running, &key, class, reason, &text),
        };
        let quarantined = running.failures.values().filter(|failures| self.policy.quarantines(**failures)).count();
        self.metrics.set_quarantined(R::KIND, quarantined);
        self.queue.finish(&key, then);
    }

    fn failed(
        &self,
        running: &mut Running,
        key: &ObjectKey,
        class: ErrorClass,
        reason: &'static str,
        error: &str,
    ) -> Then {
        self.metrics.failed(R::KIND, reason);
        if class == ErrorClass::NotLeader {
            tracing::info!(object.kind = R::KIND, object.key = %key, "left to the leader");
            return Then::AwaitAdd;
        }
        let failures = running.failures.entry(key.clone()).or_default();
        *failures = failures.saturating_add(1);
        let retry = self.policy.decide(class, *failures, rand::random());
        if class == ErrorClass::Conflict && *failures <= 2 {
            tracing::debug!(object.kind = R::KIND, object.key = %key, error, "deciding again");
        } else {
            tracing::warn!(object.kind = R::KIND, object.key = %key, reason, failures, ?retry, error, "reconcile failed");
        }
        match retry {
            Retry::After(delay) if delay.is_zero() => Then::After(delay),
            Retry::After(delay) => Then::BackOff(delay),
            Retry::AwaitChange => Then::AwaitAdd,
        }
    }
}

/// What is under way, and who failed how often in a row.
#[derive(Default)]
struct Running {
    tasks: JoinSet<Ended>,
    keys: HashMap<Id, ObjectKey>,
    failures: HashMap<ObjectKey, u32>,
}

impl Failure {
    fn describe(self) -> (ErrorClass, &'static str, String) {
        match self {
            Self::Error { class, text } => (class, class.as_str(), text),
            Self::TimedOut => (ErrorClass::Transient, "timeout", "the reconcile took too long".to_owned()),
        }
    }
}

async fn reconcile<R: Reconciler>(reconciler: &R, key: &ObjectKey, clock: &Clock) -> Result<Outcome, R::Error> {
    let Some(observed) = reconciler.observe(key).await? else {
        return Ok(Outcome::await_change());
    };
    let plan = reconciler.plan(&observed, clock.now());
    let applied = reconciler.apply(&observed, &plan).await?;
    reconciler.status(&observed, &plan, &applied).await
}

fn panic_text(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
        }
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
