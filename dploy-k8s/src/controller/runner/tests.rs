use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Runner;
use crate::cluster::ObjectKey;
use crate::controller::{Classify, Clock, ControllerMetrics, ErrorClass, Outcome, Queue, Reconciler};

/// What a scripted reconcile does, by the key's name.
#[derive(Clone, Default)]
struct Script {
    runs: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
    planned_at: Arc<Mutex<Vec<Timestamp>>>,
    now: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
    finished: Arc<AtomicUsize>,
}

#[derive(Debug, thiserror::Error)]
#[error("scripted")]
struct Scripted(ErrorClass);

impl Classify for Scripted {
    fn class(&self) -> ErrorClass {
        self.0
    }
}

#[async_trait]
impl Reconciler for Script {
    const KIND: &'static str = "Scripted";
    type Observed = String;
    type Plan = Timestamp;
    type Applied = ();
    type Error = Scripted;

    async fn observe(&self, key: &ObjectKey) -> Result<Option<String>, Scripted> {
        self.runs.lock().unwrap().entry(key.name.clone()).or_default().push(Instant::now());
        Ok(Some(key.name.clone()).filter(|name| name != "gone"))
    }

    fn plan(&self, observed: &String, now: Timestamp) -> Timestamp {
        assert_ne!(observed, "panics");
        self.planned_at.lock().unwrap().push(now);
        now
    }

    async fn apply(&self, observed: &String, _plan: &Timestamp) -> Result<(), Scripted> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(now, Ordering::SeqCst);
        match observed.as_str() {
            "hangs" => std::future::pending().await,
            _ => sleep(Duration::from_millis(100)).await,
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        match observed.as_str() {
            "transient" => Err(Scripted(ErrorClass::Transient)),
            "invalid" => Err(Scripted(ErrorClass::Invalid)),
            "conflict" => Err(Scripted(ErrorClass::Conflict)),
            "follower" => Err(Scripted(ErrorClass::NotLeader)),
            _ => Ok(()),
        }
    }

    async fn status(&self, observed: &String, _plan: &Timestamp, (): &()) -> Result<Outcome, Scripted> {
        self.finished.fetch_add(1, Ordering::SeqCst);
        Ok(match observed.as_str() {
            "again" => Outcome::requeue_after(Duration::from_secs(60)),
            _ => Outcome::await_change(),
        })
    }
}

impl Script {
    fn count(&self, name: &str) -> usize {
        self.runs.lock().unwrap().get(name).map_or(0, Vec::len)
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::namespaced("apps", name)
}

/// Runs the script over these keys for a time, with two at a time.
async fn run(keys: &[&str], time: Duration) -> (Script, String) {
    let (script, queue, shutdown) = (Script::default(), Queue::new(), CancellationToken::new());
    let mut registry = Registry::default();
    let runner = Runner::new(script.clone(), queue.clone())
        .concurrency(2)
        .timeout(Duration::from_secs(30))
        .metrics(ControllerMetrics::register(&mut registry));
    for name in keys {
        queue.add(key(name));
    }
    let running = tokio::spawn(runner.run(shutdown.clone()));
    sleep(time).await;
    shutdown.cancel();
    running.await.unwrap();
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    (script, text)
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_a_time_than_allowed() {
    let names: Vec<String> = (0..20).map(|n| format!("ok-{n}")).collect();
    let keys: Vec<&str> = names.iter().map(String::as_str).collect();
    let (script, metrics) = run(&keys, Duration::from_secs(5)).await;
    assert_eq!(script.finished.load(Ordering::SeqCst), 20);
    assert_eq!(script.peak.load(Ordering::SeqCst), 2);
    assert!(metrics.contains("dploy_reconciles_total{kind=\"Scripted\"} 20"), "{metrics}");
    assert!(metrics.contains("dploy_queue_wait_seconds_count{kind=\"Scripted\"} 20"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn a_poisonous_object_never_delays_others() {
    let (script, metrics) = run(&["panics", "hangs", "transient", "a", "b", "c"], Duration::from_secs(29)).await;
    for name in ["a", "b", "c"] {
        let runs = script.runs.lock().unwrap();
        let waited = runs[name][0] - runs["panics"][0];
        assert!(waited < Duration::from_secs(1), "{name} waited {waited:?}");
    }
    assert!(script.count("panics") > 3, "a panic counts as a failure and is retried");
    assert!(metrics.contains("reason=\"panic\""), "{metrics}");
    assert!(metrics.contains("reason=\"timeout\""), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn transient_errors_back_off_into_quarantine() {
    let (script, metrics) = run(&["transient"], Duration::from_secs(3 * 3600)).await;
    let runs = script.runs.lock().unwrap()["transient"].clone();
    let gaps: Vec<u64> = runs.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    assert!(gaps[0] <= 2 && gaps[..9].is_sorted(), "{gaps:?}");
    assert!(gaps[..11].iter().all(|gap| *gap <= 300), "{gaps:?}");
    assert!(gaps[11..].iter().all(|gap| (1800..1802).contains(gap)), "{gaps:?}");
    assert!(metrics.contains("dploy_quarantined_objects{kind=\"Scripted\"} 1"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn an_invalid_object_awaits_a_change_and_a_follower_leaves_off() {
    let (script, _) = run(&["invalid", "follower", "gone"], Duration::from_secs(3600)).await;
    assert_eq!((script.count("invalid"), script.count("follower"), script.count("gone")), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_first_conflict_is_decided_again_at_once() {
    let (script, _) = run(&["conflict"], Duration::from_secs(1)).await;
    let runs = script.runs.lock().unwrap()["conflict"].clone();
    assert_eq!(runs[1] - runs[0], Duration::from_millis(100), "only the work itself took time");
    assert!(runs.len() < 8, "but it does not spin: {}", runs.len());
}

#[tokio::test(start_paused = true)]
async fn an_outcome_asks_to_be_looked_at_again() {
    let (script, _) = run(&["again"], Duration::from_secs(605)).await;
    assert_eq!(script.count("again"), 11);
}

#[tokio::test(start_paused = true)]
async fn shutdown_finishes_what_runs_and_begins_nothing_new() {
    let (script, _) = run(&["a", "b", "c", "d"], Duration::from_millis(50)).await;
    assert_eq!(script.finished.load(Ordering::SeqCst), 2, "the two that ran");
    assert_eq!(script.count("c") + script.count("d"), 0);
}

#[tokio::test(start_paused = true)]
async fn plans_are_made_for_the_time_of_the_given_clock() {
    let (script, queue, shutdown) = (Script::default(), Queue::new(), CancellationToken::new());
    let time: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    queue.add(key("a"));
    let runner = Runner::new(script.clone(), queue).clock(Clock::new(move || time));
    let running = tokio::spawn(runner.run(shutdown.clone()));
    sleep(Duration::from_secs(1)).await;
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(*script.planned_at.lock().unwrap(), [time]);
}
