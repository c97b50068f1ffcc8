//! Counts what a process does to the world, and ends it at one of these effects.

mod records;
mod stores;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::child::{Word, tell};
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

/// Where a process ends.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Stop {
    /// The number of the effect, from 1 on.
    pub(crate) at: u32,
    /// Right before it, or right after it.
    pub(crate) when: When,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum When {
    Before,
    After,
}

/// The effects of this process so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: AtomicU32,
    stop: Option<Stop>,
}

impl Steps {
    pub(crate) fn new(stop: Option<Stop>) -> Arc<Self> {
        Arc::new(Self { done: AtomicU32::new(0), stop })
    }

    async fn effect<T>(&self, name: &str, act: impl Future<Output = T>) -> T {
        let number = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        let ends = |when| self.stop.is_some_and(|stop| (stop.at, stop.when) == (number, when));
        if self.stop.is_some_and(|stop| stop.at == number) {
            tell(&Word::Last(name.to_owned()));
        }
        if ends(When::Before) {
            end();
        }
        let result = act.await;
        if ends(When::After) {
            end();
        }
        result
    }
}

/// Ends this process as `kill -9` does: nothing is flushed, no destructor runs.
fn end() -> ! {
    kill_process(getpid(), Signal::KILL).unwrap();
    loop {
        std::thread::park();
    }
}

/// A port whose effects are counted.
#[derive(Debug)]
pub(crate) struct Stepped<T: ?Sized> {
    inner: Arc<T>,
    steps: Arc<Steps>,
}

impl<T: ?Sized> Stepped<T> {
    pub(crate) fn new(inner: Arc<T>, steps: &Arc<Steps>) -> Self {
        Self { inner, steps: Arc::clone(steps) }
    }
}
