use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, advance, timeout};

use super::{Queue, Then};
use crate::cluster::ObjectKey;

const SECOND: Duration = Duration::from_secs(1);

fn key(name: &str) -> ObjectKey {
    ObjectKey::namespaced("apps", name)
}

/// The next key within `limit`.
async fn within(queue: &Queue, limit: Duration) -> Option<String> {
    timeout(limit, queue.next()).await.ok().map(|taken| taken.key.name)
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_added_twice_is_given_out_once() {
    let queue = Queue::new();
    queue.add(key("a"));
    queue.add(key("a"));
    assert_eq!(within(&queue, SECOND).await.as_deref(), Some("a"));
    queue.finish(&key("a"), Then::AwaitAdd);
    assert_eq!(within(&queue, SECOND).await, None);
}

#[tokio::test(start_paused = true)]
async fn the_earliest_of_several_deadlines_counts() {
    let queue = Queue::new();
    let start = Instant::now();
    queue.add_after(key("a"), 10 * SECOND);
    queue.add_after(key("a"), 3 * SECOND);
    queue.add_after(key("a"), 7 * SECOND);
    queue.next().await;
    assert_eq!(start.elapsed(), 3 * SECOND);
    queue.finish(&key("a"), Then::AwaitAdd);
    assert!(queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_earlier_addition_wakes_a_queue_that_already_waits() {
    let queue = Queue::new();
    queue.add_after(key("late"), 60 * SECOND);
    let adder = queue.clone();
    tokio::spawn(async move {
        tokio::time::sleep(SECOND).await;
        adder.add(key("early"));
    });
    assert_eq!(within(&queue, 2 * SECOND).await.as_deref(), Some("early"));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_not_given_out_again_while_it_is_worked_on() {
    let queue = Queue::new();
    queue.add(key("a"));
    queue.next().await;
    queue.add(key("a"));
    assert_eq!(within(&queue, SECOND).await, None);
    queue.finish(&key("a"), Then::AwaitAdd);
    assert_eq!(within(&queue, SECOND).await.as_deref(), Some("a"), "the addition was not forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_backs_off_is_not_due_before_however_often_it_is_added() {
    let queue = Queue::new();
    queue.add(key("a"));
    queue.next().await;
    queue.add(key("a"));
    queue.finish(&key("a"), Then::BackOff(10 * SECOND));
    queue.add(key("a"));
    assert_eq!(within(&queue, 9 * SECOND).await, None);
    assert_eq!(within(&queue, 2 * SECOND).await.as_deref(), Some("a"));
    queue.finish(&key("a"), Then::AwaitAdd);
    queue.add(key("a"));
    assert_eq!(within(&queue, SECOND).await.as_deref(), Some("a"), "a success ends the back-off");
}

#[tokio::test(start_paused = true)]
async fn a_release_ends_the_back_off() {
    let queue = Queue::new();
    queue.add(key("before"));
    queue.next().await;
    queue.finish(&key("before"), Then::BackOff(600 * SECOND));
    queue.release(key("before"));
    assert_eq!(within(&queue, SECOND).await.as_deref(), Some("before"));

    queue.add(key("during"));
    queue.next().await;
    queue.release(key("during"));
    queue.finish(&key("during"), Then::BackOff(600 * SECOND));
    assert_eq!(within(&queue, SECOND).await.as_deref(), Some("during"));
}

#[tokio::test(start_paused = true)]
async fn keys_are_given_out_in_the_order_in_which_they_are_due() {
    let queue = Queue::new();
    queue.add_after(key("c"), 3 * SECOND);
    queue.add_after(key("a"), SECOND);
    queue.add_after(key("b"), 2 * SECOND);
    advance(5 * SECOND).await;
    queue.add(key("d"));
    let mut order = Vec::new();
    while let Ok(taken) = timeout(SECOND, queue.next()).await {
        order.push((taken.key.name, taken.waited.as_secs()));
    }
    assert_eq!(order, [("a".into(), 4), ("b".into(), 3), ("c".into(), 2), ("d".into(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_can_wait_comes_after_all_that_are_due() {
    let queue = Queue::new();
    ["a", "b", "c"].into_iter().for_each(|name| queue.add_when_idle(key(name)));
    queue.add_when_idle(key("a"));
    queue.add(key("new"));
    queue.add(key("b"));
    queue.add_after(key("c"), 60 * SECOND);
    assert_eq!(queue.len(), 4, "each waits once");
    let mut order = Vec::new();
    while let Some(name) = within(&queue, SECOND).await {
        queue.finish(&key(&name), Then::AwaitAdd);
        order.push(name);
    }
    assert_eq!(order, ["new", "b", "a", "c"]);
    assert!(queue.is_empty(), "what was looked at need not be looked at later");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_backs_off_is_not_looked_at_for_want_of_others() {
    let queue = Queue::new();
    queue.add(key("a"));
    queue.next().await;
    queue.add_when_idle(key("a"));
    queue.finish(&key("a"), Then::BackOff(10 * SECOND));
    queue.add_when_idle(key("a"));
    assert_eq!(within(&queue, 9 * SECOND).await, None);
    assert_eq!(within(&queue, 2 * SECOND).await.as_deref(), Some("a"));
}

#[derive(Clone, Debug)]
enum Step {
    Add(u8, u64),
    Idle(u8),
    Release(u8),
    Take,
    Finish(u8, Then),
    Advance(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let then = prop_oneof![
        Just(Then::AwaitAdd),
        (0u64..5).prop_map(|s| Then::After(Duration::from_secs(s))),
        (0u64..5).prop_map(|s| Then::BackOff(Duration::from_secs(s))),
    ];
    let step = prop_oneof![
        (0u8..3, 0u64..5).prop_map(|(key, delay)| Step::Add(key, delay)),
        (0u8..3).prop_map(Step::Idle),
        (0u8..3).prop_map(Step::Release),
        Just(Step::Take),
        (0u8..3, then).prop_map(|(key, then)| Step::Finish(key, then)),
        (0u64..5).prop_map(Step::Advance),
    ];
    prop::collection::vec(step, 0..40)
}

proptest! {
    /// Whatever happens: no key runs twice at a time, and whoever was added is given out in the end.
    #[test]
    fn no_key_is_lost_and_none_runs_twice_at_a_time(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let queue = Queue::new();
            // Running keys, and whether each was added since it was taken.
            let mut running: BTreeMap<String, bool> = BTreeMap::new();
            let mut owed: BTreeMap<String, ()> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Add(name, delay) => {
                        queue.add_after(key(&name.to_string()), Duration::from_secs(delay));
                        owed.insert(name.to_string(), ());
                    }
                    Step::Idle(name) => {
                        queue.add_when_idle(key(&name.to_string()));
                        if !running.contains_key(&name.to_string()) {
                            owed.insert(name.to_string(), ());
                        }
                    }
                    Step::Release(name) => {
                        queue.release(key(&name.to_string()));
                        owed.insert(name.to_string(), ());
                    }
                    Step::Take => {
                        if let Some(name) = within(&queue, Duration::from_millis(1)).await {
                            prop_assert!(running.insert(name.clone(), true).is_none(), "{name} runs twice");
                            owed.remove(&name);
                        }
                    }
                    Step::Finish(name, then) => {
                        if running.remove(&name.to_string()).is_some() {
                            queue.finish(&key(&name.to_string()), then);
                            if then != Then::AwaitAdd {
                                owed.insert(name.to_string(), ());
                            }
                        }
                    }
                    Step::Advance(seconds) => advance(Duration::from_secs(seconds)).await,
                }
            }
            for (name, _) in running {
                queue.finish(&key(&name), Then::AwaitAdd);
            }
            while let Some(name) = within(&queue, Duration::from_secs(60)).await {
                owed.remove(&name);
                queue.finish(&key(&name), Then::AwaitAdd);
            }
            prop_assert!(owed.is_empty(), "never given out: {owed:?}");
            prop_assert!(queue.inner.state.lock().unwrap().slots.is_empty(), "finished keys leave nothing behind");
            Ok(())
        })?;
    }
}
