use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use proptest::prelude::*;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{Elector, Ended};
use crate::cluster::Leadership;
use crate::cluster::lease::{LeaseConfig, LeaseError, LeaseRecord, LeaseStore, Versioned};

const SECOND: Duration = Duration::from_secs(1);

/// What befalls one request.
#[derive(Clone, Copy, Debug)]
struct Fate {
    there: Duration,
    back: Duration,
    fails: bool,
    answer_lost: bool,
}

const SMOOTH: Fate =
    Fate { there: Duration::from_millis(5), back: Duration::from_millis(5), fails: false, answer_lost: false };

type Shared = Arc<Mutex<(Option<Versioned>, u64)>>;

/// A lease in memory behind a network of ill repute.
struct FakeLease {
    lease: Shared,
    fates: Mutex<Box<dyn Iterator<Item = Fate> + Send>>,
}

impl FakeLease {
    fn smooth(lease: &Shared) -> Self {
        Self { lease: lease.clone(), fates: Mutex::new(Box::new(std::iter::repeat(SMOOTH))) }
    }

    async fn call<T>(
        &self,
        effect: impl FnOnce(&mut Option<Versioned>, &mut u64) -> Result<T, LeaseError> + Send,
    ) -> Result<T, LeaseError> {
        let fate = self.fates.lock().unwrap().next().unwrap_or(SMOOTH);
        sleep(fate.there).await;
        if fate.fails {
            return Err(LeaseError::Timeout);
        }
        let result = {
            let mut shared = self.lease.lock().unwrap();
            let (lease, version) = &mut *shared;
            effect(lease, version)
        };
        sleep(fate.back).await;
        if fate.answer_lost { Err(LeaseError::Timeout) } else { result }
    }
}

#[async_trait]
impl LeaseStore for FakeLease {
    async fn find(&self) -> Result<Option<Versioned>, LeaseError> {
        self.call(|lease, _| Ok(lease.clone())).await
    }

    async fn create(&self, record: &LeaseRecord) -> Result<String, LeaseError> {
        let record = record.clone();
        self.call(move |lease, version| match lease {
            Some(_) => Err(LeaseError::Conflict),
            None => {
                *version += 1;
                *lease = Some(Versioned { record, version: version.to_string() });
                Ok(version.to_string())
            }
        })
        .await
    }

    async fn update(&self, record: &LeaseRecord, at: &str) -> Result<String, LeaseError> {
        let (record, at) = (record.clone(), at.to_owned());
        self.call(move |lease, version| match lease {
            Some(found) if found.version == at => {
                *version += 1;
                *found = Versioned { record, version: version.to_string() };
                Ok(version.to_string())
            }
            _ => Err(LeaseError::Conflict),
        })
        .await
    }
}

fn candidate(name: &str, store: FakeLease) -> (Elector<FakeLease>, Leadership) {
    Elector::new(LeaseConfig::new("apps", "operator", name), store)
}

/// Starts a candidate on a smooth network.
fn start(name: &str, lease: &Shared) -> (Leadership, CancellationToken, tokio::task::JoinHandle<Ended>) {
    let (mut elector, leadership) = candidate(name, FakeLease::smooth(lease));
    let release = CancellationToken::new();
    let token = release.clone();
    (leadership, release, tokio::spawn(async move { elector.run(token).await }))
}

#[tokio::test(start_paused = true)]
async fn the_first_candidate_leads_at_once_and_keeps_leading() {
    let lease = Shared::default();
    let (leadership, ..) = start("a", &lease);
    timeout(SECOND, leadership.acquired()).await.expect("nobody else ever held the lease");
    assert!(timeout(3600 * SECOND, leadership.lost()).await.is_err());
    assert!(leadership.remaining().unwrap() > 7 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_taken_at_once() {
    let lease = Shared::default();
    let (first, release, running) = start("a", &lease);
    first.acquired().await;
    let (second, ..) = start("b", &lease);
    assert!(timeout(60 * SECOND, second.acquired()).await.is_err(), "as long as the first renews");
    release.cancel();
    assert_eq!(running.await.unwrap(), Ended::Released);
    assert!(!first.is_leader());
    timeout(3 * SECOND, second.acquired()).await.expect("within one retry period");
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_lease_is_taken_after_it_expired_and_decided_on_one_duration_later() {
    let lease = Shared::default();
    let (first, _, running) = start("a", &lease);
    first.acquired().await;
    let (second, ..) = start("b", &lease);
    sleep(5 * SECOND).await;
    running.abort();
    let died = Instant::now();
    first.lost().await;
    assert!(died.elapsed() <= 10 * SECOND, "its own word ended {:?} later", died.elapsed());
    second.acquired().await;
    let waited = died.elapsed();
    assert!(waited >= 28 * SECOND, "expiry and one further duration, but only {waited:?}");
    assert!(waited <= 35 * SECOND, "{waited:?}");
    let record = lease.lock().unwrap().0.clone().unwrap().record;
    assert_eq!(record.transitions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_cannot_renew_stops_before_anybody_else_may_take_over() {
    let lease = Shared::default();
    let good = std::iter::repeat_n(SMOOTH, 4);
    let dead = std::iter::repeat(Fate { there: 3600 * SECOND, ..SMOOTH });
    let store = FakeLease { lease: lease.clone(), fates: Mutex::new(Box::new(good.chain(dead))) };
    let (mut elector, leadership) = candidate("a", store);
    let running = tokio::spawn(async move { elector.run(CancellationToken::new()).await });
    leadership.acquired().await;
    leadership.lost().await;
    assert_eq!(running.await.unwrap(), Ended::Lost);
    assert!(!leadership.is_leader());
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_answers_are_lost_recognises_its_own_renewals() {
    let lease = Shared::default();
    let fates = [false, true, false].map(|answer_lost| Fate { answer_lost, ..SMOOTH }).into_iter().cycle();
    let store = FakeLease { lease: lease.clone(), fates: Mutex::new(Box::new(fates)) };
    let (mut elector, leadership) = candidate("a", store);
    tokio::spawn(async move { elector.run(CancellationToken::new()).await });
    timeout(60 * SECOND, leadership.acquired()).await.expect("it knows its own name");
    assert!(timeout(600 * SECOND, leadership.lost()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_leader_survives_the_deletion_of_its_lease_and_nobody_leads_beside_it() {
    let lease = Shared::default();
    let (first, ..) = start("a", &lease);
    first.acquired().await;
    let (second, ..) = start("b", &lease);
    sleep(10 * SECOND).await;
    lease.lock().unwrap().0 = None;
    for _ in 0..600 {
        sleep(SECOND / 10).await;
        assert!(!(first.is_leader() && second.is_leader()));
    }
    assert!(first.is_leader() || second.is_leader());
}

#[tokio::test]
async fn without_election_leadership_is_for_ever() {
    let leadership = Leadership::always();
    leadership.acquired().await;
    assert!(leadership.is_leader());
    assert!(timeout(Duration::from_millis(5), leadership.lost()).await.is_err());
}

/// Runs a future as a process that is stopped and continued: while stopped it is not polled, though time passes.
struct Process<F> {
    work: Pin<Box<F>>,
    stopped_until: Arc<Mutex<Instant>>,
    alarm: Pin<Box<Sleep>>,
}

impl<F: Future> Future for Process<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let until = *self.stopped_until.lock().unwrap();
        if Instant::now() < until {
            self.alarm.as_mut().reset(until);
            let _ = self.alarm.as_mut().poll(cx);
            return Poll::Pending;
        }
        self.work.as_mut().poll(cx)
    }
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let delay = prop_oneof![4 => 0u64..200, 1 => 0u64..6_000].prop_map(Duration::from_millis);
    let fate = (delay.clone(), delay, prop::bool::weighted(0.15), prop::bool::weighted(0.15));
    let fate = fate.prop_map(|(there, back, fails, answer_lost)| Fate { there, back, fails, answer_lost });
    prop::collection::vec(fate, 1..40)
}

/// When a process is stopped, and for how long, in tenths of seconds.
fn pauses() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((10u64..300, 1u64..400), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_candidate_leads_at_any_instant(
        candidates in prop::collection::vec((fates(), pauses()), 2..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let lease = Shared::default();
            let mut tokens = Vec::new();
            for (index, (fates, pauses)) in candidates.into_iter().enumerate() {
                let calm = Instant::now() + 200 * SECOND;
                let mut rough = fates.into_iter().cycle();
                let fates = std::iter::from_fn(move || if Instant::now() < calm { rough.next() } else { Some(SMOOTH) });
                let store = FakeLease { lease: lease.clone(), fates: Mutex::new(Box::new(fates)) };
                let (mut elector, leadership) = candidate(&index.to_string(), store);
                tokens.push(leadership);
                let stopped_until = Arc::new(Mutex::new(Instant::now()));
                let stopper = stopped_until.clone();
                let work = Box::pin(async move {
                    loop {
                        elector.run(CancellationToken::new()).await;
                    }
                });
                tokio::spawn(Process { work, stopped_until, alarm: Box::pin(sleep(Duration::ZERO)) });
                tokio::spawn(async move {
                    for (after, length) in pauses {
                        let at = *stopper.lock().unwrap() + u32::try_from(after).unwrap() * SECOND / 10;
                        sleep_until(at).await;
                        *stopper.lock().unwrap() = Instant::now() + u32::try_from(length).unwrap() * SECOND / 10;
                    }
                });
            }
            for _ in 0..6_000 {
                sleep(Duration::from_millis(50)).await;
                let leaders = tokens.iter().filter(|token| token.is_leader()).count();
                prop_assert!(leaders <= 1, "{leaders} leaders");
            }
            let leaders = tokens.iter().filter(|token| token.is_leader()).count();
            prop_assert_eq!(leaders, 1, "when the network is calm, somebody leads");
            Ok(())
        })?;
    }
}
