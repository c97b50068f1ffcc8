//! Leader election with the semantics of client-go's `leaderelection`, bounded in every call.
//!
//! # Flow
//!
//! A candidate looks at the lease every retry period. It takes the lease when there is none, when its holder released
//! it, or when it has *itself* seen the lease unchanged for the holder's whole lease duration, on its own monotonic
//! clock; the wall-clock times in the lease are never compared. The holder renews every retry period, and leads until
//! a renew deadline after it *sent* the last renewal that succeeded.
//!
//! # Guarantees
//!
//! At most one process leads at any instant, whatever is delayed, lost or paused: the others count a full lease
//! duration from a renewal they saw, which happened after it was sent, and the holder's own word ends earlier than
//! that. Clocks may differ in time but must run at about the same rate.

use std::time::Duration;

use dploy_core::error::chain;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::leadership::{Leadership, Term};
use super::lease::{LeaseConfig, LeaseError, LeaseRecord, LeaseStore, Versioned};

/// How an [`Elector`]'s run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to end, and has given the lease back if it held it.
    Released,
    /// It held the lease and could not renew it in time. The process should stop all work; it may run the elector
    /// again, but most simply exits.
    Lost,
}

/// Competes for a lease and keeps it.
pub struct Elector<S> {
    config: LeaseConfig,
    store: S,
    term: watch::Sender<Term>,
    /// What the lease said when it last changed, and when we saw that.
    observed: Option<(Versioned, Instant)>,
    /// Set once we have tried to take the lease: how long to wait before leading.
    settle: Option<Duration>,
}

/// When a renewal that succeeded was sent.
type Sent = Instant;

impl<S: LeaseStore> Elector<S> {
    /// An elector and the token that tells what it finds out. Nothing happens before [`run`](Self::run).
    pub fn new(config: LeaseConfig, store: S) -> (Self, Leadership) {
        let term = watch::Sender::new(Term::Standby);
        let leadership = Leadership::new(term.subscribe());
        (Self { config, store, term, observed: None, settle: None }, leadership)
    }

    /// Competes until the lease is held, keeps it until it is lost, or until `release` is cancelled; then gives it
    /// back, so that another process leads at once.
    ///
    /// Cancel `release` only when all work has drained: from then on nothing may be written.
    pub async fn run(&mut self, release: CancellationToken) -> Ended {
        let Some(sent) = release.run_until_cancelled(self.campaign()).await else { return Ended::Released };
        let ended = release.run_until_cancelled(self.hold(sent)).await;
        self.term.send_replace(Term::Standby);
        if ended.is_some() {
            tracing::error!(lease.name = self.config.name, "leadership lost: the lease could not be renewed in time");
            return Ended::Lost;
        }
        self.give_back().await;
        Ended::Released
    }

    async fn campaign(&mut self) -> Sent {
        tracing::info!(lease.name = self.config.name, lease.identity = self.config.identity, "waiting for leadership");
        loop {
            match self.attempt().await {
                Ok(Some(sent)) => return sent,
                Ok(None) => {}
                Err(LeaseError::Conflict) => tracing::debug!("another candidate was faster"),
                Err(error) => tracing::warn!(error = chain(&error), "cannot read or take the lease"),
            }
            sleep(self.config.retry_period.mul_f64(rand::random_range(1.0..1.2))).await;
        }
    }

    /// Renews until that has failed for the renew deadline.
    async fn hold(&mut self, mut sent: Sent) {
        let from = Instant::now() + self.settle.unwrap_or_default();
        tracing::info!(lease.name = self.config.name, lease.settle = ?self.settle, "took the lease");
        loop {
            let until = sent + self.config.renew_deadline;
            self.term.send_replace(Term::Held { from, until });
            sleep(self.config.retry_period).await;
            match tokio::time::timeout_at(until, self.renew()).await {
                Ok(Some(renewed)) => sent = renewed,
                // Somebody else holds the lease, or nobody renewed it in time.
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Tries until a renewal succeeds; `None` when somebody else holds the lease.
    async fn renew(&mut self) -> Option<Sent> {
        loop {
            match self.attempt().await {
                Ok(renewed) => return renewed,
                Err(error) => tracing::warn!(error = chain(&error), "cannot renew the lease, retrying"),
            }
            sleep(self.config.retry_period).await;
        }
    }

    /// Takes or renews the lease if that is allowed; gives when the write was sent.
    async fn attempt(&mut self) -> Result<Option<Sent>, LeaseError> {
        if let Some((held, _)) = self.observed.take_if(|(seen, _)| seen.record.holder == self.config.identity) {
            // Without a look at the lease first. Where that fails, what we knew of it is not to be trusted.
            match self.write(self.ours(Some(&held.record)), Some(held.version)).await {
                Err(LeaseError::Conflict) => {}
                outcome => return outcome.map(Some),
            }
        }
        let Some(found) = self.bounded(self.store.find()).await? else {
            // A lease that somebody deleted may still have a holder that does not know.
            self.settle = Some(self.observed.as_ref().map_or(Duration::ZERO, |(seen, _)| self.validity(&seen.record)));
            return self.write(self.ours(None), None).await.map(Some);
        };
        self.observe(&found);
        if !self.may_take(&found.record) {
            return Ok(None);
        }
        self.write(self.ours(Some(&found.record)), Some(found.version)).await.map(Some)
    }

    /// How long the word of a record's holder stands.
    fn validity(&self, record: &LeaseRecord) -> Duration {
        if record.duration.is_zero() { self.config.lease_duration } else { record.duration }
    }

    /// Whether the lease is ours, free or expired; notes how long we would have to wait before leading.
    fn may_take(&mut self, found: &LeaseRecord) -> bool {
        let duration = self.validity(found);
        if found.holder.is_empty() {
            self.settle = Some(Duration::ZERO);
            return true;
        }
        if found.holder == self.config.identity {
            // An earlier attempt of ours had its effect though its answer was lost; what it had to wait for stands.
            // A former process of the same name left the lease behind without releasing it.
            self.settle.get_or_insert(duration);
            return true;
        }
        let expired = self.observed.as_ref().is_some_and(|(_, since)| since.elapsed() >= duration);
        if expired {
            self.settle = Some(duration);
        }
        expired
    }

    fn observe(&mut self, found: &Versioned) {
        if self.observed.as_ref().is_none_or(|(seen, _)| seen != found) {
            self.observed = Some((found.clone(), Instant::now()));
        }
    }

    /// The record with us as its holder.
    fn ours(&self, previous: Option<&LeaseRecord>) -> LeaseRecord {
        let now = Timestamp::now();
        let kept = previous.filter(|record| record.holder == self.config.identity);
        LeaseRecord {
            holder: self.config.identity.clone(),
            duration: self.config.lease_duration,
            acquired: kept.map_or(Some(now), |record| record.acquired),
            renewed: Some(now),
            transitions: previous.map_or(0, |record| record.transitions + i32::from(kept.is_none())),
        }
    }

    async fn write(&mut self, record: LeaseRecord, version: Option<String>) -> Result<Sent, LeaseError> {
        let sent = Instant::now();
        let version = match version {
            Some(version) => self.bounded(self.store.update(&record, &version)).await?,
            None => self.bounded(self.store.create(&record)).await?,
        };
        self.observed = Some((Versioned { record, version }, sent));
        Ok(sent)
    }

    async fn bounded<T>(&self, call: impl Future<Output = Result<T, LeaseError>>) -> Result<T, LeaseError> {
        timeout(self.config.call_timeout, call).await.unwrap_or(Err(LeaseError::Timeout))
    }

    async fn give_back(&mut self) {
        for _ in 0..2 {
            // A renewal that was cut off may have had its effect: then only the lease itself tells its version.
            let held = match self.observed.take() {
                Some((held, _)) => Some(held),
                None => self.bounded(self.store.find()).await.ok().flatten(),
            };
            let Some(held) = held.filter(|held| held.record.holder == self.config.identity) else { return };
            let released = LeaseRecord {
                holder: String::new(),
                duration: Duration::from_secs(1),
                renewed: Some(Timestamp::now()),
                ..held.record
            };
            match self.write(released, Some(held.version)).await {
                Ok(_) => return tracing::info!(lease.name = self.config.name, "gave the lease back"),
                Err(error) => tracing::warn!(error = chain(&error), "cannot give the lease back"),
            }
        }
    }
}

#[cfg(test)]
mod tests;
