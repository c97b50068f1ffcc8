//! Which objects are orphans, and which of them have been so for long enough.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    environments::orphans::{Belonging, Holder},
    time::Timestamp,
};

/// Seconds that an orphan is left before it is removed, where nobody says otherwise: an hour.
pub const GRACE_SECONDS: u32 = 3600;

/// What the decision sees.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Everything that says whose it is.
    pub found: &'a [Belonging],
    /// The uids of all instances and templates that exist, those being deleted too.
    pub living: &'a BTreeSet<String>,
    /// Since when the orphans known so far, by their uids, have been seen as such.
    pub seen: &'a BTreeMap<String, Timestamp>,
    /// Seconds that an orphan is left before it is removed.
    pub grace_seconds: u32,
}

/// Something that belongs to nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Orphan {
    /// What it is.
    pub belonging: Belonging,
    /// Since when it has been seen as such.
    pub since: Timestamp,
    /// Whether it may be removed, once a live look confirms that what it belongs to is gone.
    pub due: bool,
}

/// The orphans among what was found, in the order of kind and name.
///
/// A namespace is due only once nothing else of the same holder is left: its engine uninstalls first.
#[must_use]
pub fn plan_orphans(seen: Observation<'_>, now: Timestamp) -> Vec<Orphan> {
    let lost = |found: &&Belonging| !seen.living.contains(&found.owner.reference().uid);
    let mut lost: Vec<&Belonging> = seen.found.iter().filter(lost).collect();
    lost.sort();
    let orphan = |belonging: &&Belonging| {
        let since = seen.seen.get(&belonging.uid).copied().unwrap_or(now);
        let waited = now >= since.plus_seconds(i64::from(seen.grace_seconds));
        let due = waited && !belonging.deleting && !is_needed(belonging, &lost);
        Orphan { belonging: Belonging::clone(belonging), since, due }
    };
    lost.iter().map(orphan).collect()
}

/// Whether something else of the same holder goes first.
fn is_needed(belonging: &Belonging, lost: &[&Belonging]) -> bool {
    let place = belonging.key.namespace.is_empty();
    place && lost.iter().any(|other| same_holder(&other.owner, &belonging.owner) && other.uid != belonging.uid)
}

fn same_holder(left: &Holder, right: &Holder) -> bool {
    left.reference().uid == right.reference().uid
}
