//! The work queue: which object is looked at next, and when.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::cluster::ObjectKey;

/// Keys that wait for work, each with the time from which it is due. Cheap to clone.
///
/// # Guarantees
///
/// - A key waits at most once: of several additions the earliest time counts.
/// - A key that was [taken](Self::next) is not given out again before it is [finished](Self::finish); an addition in
///   between makes it due again afterwards.
/// - Keys are given out in the order in which they become due; those that [can wait](Self::add_when_idle) after all that
///   are due.
/// - A key that [backs off](Then::BackOff) is not due before that time has passed, whoever adds it, unless it is
///   [released](Self::release).
#[derive(Clone, Debug, Default)]
pub struct Queue {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    slots: HashMap<ObjectKey, Slot>,
    due: BTreeMap<(Instant, u64), ObjectKey>,
    /// Keys that wait until nothing is due, in order, with the time of their addition.
    idle: BTreeMap<u64, (ObjectKey, Instant)>,
    sequence: u64,
}

#[derive(Debug, Default)]
struct Slot {
    /// Where the key waits in `due`.
    waits: Option<(Instant, u64)>,
    /// Where the key waits in `idle`.
    idles: Option<u64>,
    /// Not due before this time.
    held: Option<Instant>,
    running: bool,
    /// Added while running: due again from then on.
    again: Option<Instant>,
    /// Released while running: a failure of this run does not hold the key.
    released: bool,
}

/// A key that was given out.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The key.
    pub key: ObjectKey,
    /// How long it was due before it was given out.
    pub waited: Duration,
}

/// What happens to a key after its work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing, until it is added.
    AwaitAdd,
    /// It is due again after this time at the latest.
    After(Duration),
    /// It is due again after this time, and no addition makes it due before.
    BackOff(Duration),
}

impl Queue {
    /// The empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a key due now, or as soon as it does not back off.
    pub fn add(&self, key: ObjectKey) {
        self.add_after(key, Duration::ZERO);
    }

    /// Makes a key due after this time at the latest.
    pub fn add_after(&self, key: ObjectKey, delay: Duration) {
        lock(&self.inner).schedule(key, later(delay));
        self.inner.changed.notify_one();
    }

    /// Gives a key out once no other is due: nothing is known to have changed, it is looked at to be sure. A key that is
    /// being worked on, or backs off, is looked at anyhow.
    pub fn add_when_idle(&self, key: ObjectKey) {
        lock(&self.inner).schedule_idle(key);
        self.inner.changed.notify_one();
    }

    /// Makes a key due now even if it backs off: what made it fail may have been repaired.
    pub fn release(&self, key: ObjectKey) {
        let mut state = lock(&self.inner);
        if let Some(slot) = state.slots.get_mut(&key) {
            slot.held = None;
            slot.released = slot.running;
        }
        state.schedule(key, Instant::now());
        drop(state);
        self.inner.changed.notify_one();
    }

    /// Gives out the next key that is due; waits for one. Dropping the future loses nothing. For one caller at a time.
    pub async fn next(&self) -> Taken {
        loop {
            let upcoming = match lock(&self.inner).take_due() {
                Ok(taken) => return taken,
                Err(upcoming) => upcoming,
            };
            let changed = self.inner.changed.notified();
            match upcoming {
                Some(at) => {
                    tokio::select! {
                        () = changed => {}
                        () = sleep_until(at) => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    /// Ends the work on a key.
    pub fn finish(&self, key: &ObjectKey, then: Then) {
        lock(&self.inner).finish(key, then);
        self.inner.changed.notify_one();
    }

    /// How many keys wait, due or not; those being worked on do not count.
    pub fn len(&self) -> usize {
        let state = lock(&self.inner);
        state.slots.values().filter(|slot| slot.waits.is_some() || slot.idles.is_some()).count()
    }

    /// Whether no key waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl State {
    fn schedule(&mut self, key: ObjectKey, at: Instant) {
        let slot = self.slots.entry(key.clone()).or_default();
        if slot.running {
            slot.again = Some(slot.again.map_or(at, |again| again.min(at)));
            return;
        }
        let at = slot.held.map_or(at, |held| held.max(at));
        if let Some(waits) = slot.waits {
            if waits.0 <= at {
                return;
            }
            self.due.remove(&waits);
        }
        self.sequence += 1;
        slot.waits = Some((at, self.sequence));
        self.due.insert((at, self.sequence), key);
    }

    fn schedule_idle(&mut self, key: ObjectKey) {
        let slot = self.slots.entry(key.clone()).or_default();
        if slot.running || slot.held.is_some() || slot.idles.is_some() {
            return;
        }
        self.sequence += 1;
        slot.idles = Some(self.sequence);
        self.idle.insert(self.sequence, (key, Instant::now()));
    }

    /// The first key that is due, or one that waited for none to be; else the time at which the first one will be due.
    fn take_due(&mut self) -> Result<Taken, Option<Instant>> {
        let now = Instant::now();
        let upcoming = self.due.first_key_value().map(|((at, _), key)| (key, *at));
        let idle = self.idle.values().next().map(|(key, since)| (key, *since));
        let Some((key, since)) = upcoming.filter(|(_, at)| *at <= now).or(idle) else {
            return Err(upcoming.map(|(_, at)| at));
        };
        let key = key.clone();
        if let Some(before) = self.slots.insert(key.clone(), Slot { running: true, ..Slot::default() }) {
            before.waits.map(|waits| self.due.remove(&waits));
            before.idles.map(|idles| self.idle.remove(&idles));
        }
        Ok(Taken { key, waited: now - since })
    }

    fn finish(&mut self, key: &ObjectKey, then: Then) {
        let Some(slot) = self.slots.remove(key) else { return };
        match then {
            Then::AwaitAdd => {}
            Then::After(delay) => self.schedule(key.clone(), later(delay)),
            Then::BackOff(delay) => {
                let until = later(delay);
                if !slot.released {
                    self.slots.insert(key.clone(), Slot { held: Some(until), ..Slot::default() });
                }
                self.schedule(key.clone(), until);
            }
        }
        if let Some(again) = slot.again {
            self.schedule(key.clone(), again);
        }
    }
}

/// A time that far ahead; a delay beyond what the clock can count is cut to a year.
fn later(delay: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(delay.min(Duration::from_secs(366 * 24 * 3600))).unwrap_or(now)
}

fn lock(inner: &Inner) -> MutexGuard<'_, State> {
    inner.state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
