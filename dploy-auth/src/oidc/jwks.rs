use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Mutex, time::Instant};

use super::{Error, FetchLimits, fetch::Fetcher};
use crate::token::{KeySet, KeySource, KeysUnavailable};

/// The keys that a provider publishes at its `jwks_uri`, cached.
///
/// Making one asks nobody, so a service starts while its provider is down. Keys once fetched stay in use while the
/// provider does not answer; keys that are in use are fetched anew in the background when they reach
/// [`FetchLimits::max_age`]. It needs a running tokio runtime.
#[derive(Clone, Debug)]
pub struct HttpJwks(Arc<Cache>);

impl HttpJwks {
    /// Keys from `url`, an `http` or `https` address, with the default limits.
    ///
    /// # Errors
    /// The URL is not one, or no HTTP client can be made on this machine.
    pub fn new(url: &str) -> Result<Self, Error> {
        Self::with_limits(url, FetchLimits::default())
    }

    /// Keys from `url` within `limits`.
    ///
    /// # Errors
    /// As [`HttpJwks::new`].
    pub fn with_limits(url: &str, limits: FetchLimits) -> Result<Self, Error> {
        let fetcher = Fetcher::new(url, &limits)?;
        let state = RwLock::new(State { held: None, last: None });
        Ok(Self(Arc::new(Cache { fetcher, limits, state, fetching: Mutex::new(()) })))
    }

    /// Asks in a task of its own: a caller that goes away must not take the answer with it, or clients that hang up
    /// could keep new keys from ever arriving.
    async fn newer_than(&self, known: Option<Arc<KeySet>>, cause: Cause) -> Result<Arc<KeySet>, KeysUnavailable> {
        if let Some(answer) = self.0.settled(known.as_ref(), cause) {
            return answer;
        }
        let cache = self.0.clone();
        let task = tokio::spawn(async move { cache.fetch_unless_settled(known.as_ref(), cause).await });
        task.await.unwrap_or_else(|stopped| Err(KeysUnavailable::new(stopped)))
    }

    fn renew_in_background(&self, held: &Arc<KeySet>) {
        if !self.0.is_due(Cause::Age) || self.0.fetching.try_lock().is_err() {
            return;
        }
        let (cache, held) = (self.0.clone(), held.clone());
        tokio::spawn(async move {
            if let Err(failure) = cache.fetch_unless_settled(Some(&held), Cause::Age).await {
                tracing::warn!(error = &failure as &dyn std::error::Error, "keys in use could not be renewed");
            }
        });
    }
}

#[async_trait]
impl KeySource for HttpJwks {
    async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable> {
        let Some(held) = self.0.held() else { return self.newer_than(None, Cause::NoKeys).await };
        self.renew_in_background(&held);
        Ok(held)
    }

    async fn refresh(&self, known: &Arc<KeySet>) -> Result<Arc<KeySet>, KeysUnavailable> {
        self.newer_than(Some(known.clone()), Cause::UnknownKey).await
    }
}

#[derive(Debug)]
struct Cache {
    fetcher: Fetcher,
    limits: FetchLimits,
    state: RwLock<State>,
    /// Held during a request, so that there is one at a time and whoever waits shares its outcome.
    fetching: Mutex<()>,
}

#[derive(Debug)]
struct State {
    held: Option<Arc<KeySet>>,
    last: Option<Fetch>,
}

/// Why a request is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cause {
    NoKeys,
    Age,
    UnknownKey,
}

/// A finished request. Ages are measured on the monotonic clock: they must not depend on steps of the wall clock.
#[derive(Clone, Debug)]
struct Fetch {
    cause: Cause,
    ended: Instant,
    failure: Option<KeysUnavailable>,
}

impl Cache {
    fn held(&self) -> Option<Arc<KeySet>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).held.clone()
    }

    fn last(&self) -> Option<Fetch> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).last.clone()
    }

    /// Whether a request may be made for `cause`. Only what clients can cause at will is limited in rate.
    fn is_due(&self, cause: Cause) -> bool {
        let Some(last) = self.last() else { return true };
        let wait = match cause {
            _ if last.failure.is_some() => self.limits.retry_interval,
            Cause::Age => self.limits.max_age,
            Cause::UnknownKey if last.cause == Cause::UnknownKey => self.limits.refetch_interval,
            Cause::UnknownKey | Cause::NoKeys => Duration::ZERO,
        };
        last.ended.elapsed() >= wait
    }

    /// What can be answered without a request: keys other than `known`, or the outcome of a recent request.
    fn settled(&self, known: Option<&Arc<KeySet>>, cause: Cause) -> Option<Result<Arc<KeySet>, KeysUnavailable>> {
        let held = self.held();
        if let Some(held) = &held
            && known.is_none_or(|known| !Arc::ptr_eq(known, held))
        {
            return Some(Ok(held.clone()));
        }
        if self.is_due(cause) {
            return None;
        }
        self.last().and_then(|last| last.failure).map(Err).or_else(|| held.map(Ok))
    }

    async fn fetch_unless_settled(
        &self,
        known: Option<&Arc<KeySet>>,
        cause: Cause,
    ) -> Result<Arc<KeySet>, KeysUnavailable> {
        let _turn = self.fetching.lock().await;
        if let Some(answer) = self.settled(known, cause) {
            return answer;
        }
        let outcome = self.fetcher.fetch().await.map(Arc::new).map_err(KeysUnavailable::new);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.last = Some(Fetch { cause, ended: Instant::now(), failure: outcome.as_ref().err().cloned() });
        if let Ok(keys) = &outcome {
            tracing::debug!(jwks.keys = keys.len(), "keys of the identity provider fetched");
            state.held = Some(keys.clone());
        }
        outcome
    }
}
