//! What one process has answered, kept for as long as caches can be expected to lag, and bounded.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use crate::environments::claim::Claim;

/// How many answers are remembered: more than a process gives while a watch is behind.
const CAPACITY: usize = 4096;

/// Uids of claims whose release was answered.
#[derive(Debug, Default)]
pub(super) struct Released(Recent<()>);

impl Released {
    pub(super) fn add(&self, uid: &str) {
        self.0.add(uid, ());
    }

    pub(super) fn contains(&self, uid: &str) -> bool {
        self.0.find(uid).is_some()
    }
}

/// Claims that were refused: who waits for one that another waiter has removed already answers the same.
#[derive(Debug, Default)]
pub(super) struct Refusals(Recent<Arc<Claim>>);

impl Refusals {
    pub(super) fn add(&self, claim: &Arc<Claim>) {
        self.0.add(&claim.meta.uid, claim.clone());
    }

    pub(super) fn find(&self, uid: &str) -> Option<Arc<Claim>> {
        self.0.find(uid)
    }
}

#[derive(Debug)]
struct Recent<T>(Mutex<VecDeque<(String, T)>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Recent<T> {
    fn add(&self, uid: &str, value: T) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.iter().any(|(known, _)| known == uid) {
            return;
        }
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back((uid.to_owned(), value));
    }

    fn find(&self, uid: &str) -> Option<T> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().rev().find(|(known, _)| known == uid).map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answer_is_forgotten_when_the_memory_is_full() {
        let released = Released::default();
        for uid in 0..=CAPACITY {
            released.add(&uid.to_string());
        }
        assert!(!released.contains("0"));
        assert!(released.contains("1") && released.contains(&CAPACITY.to_string()));
    }
}
