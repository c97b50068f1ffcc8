//! Whether a deployment goes back, and what becomes of the hold on its target.

use crate::{
    releases::{deployment::Deployment, name::VersionId, ports::HoldChange, target::Hold, version::Version},
    time::Timestamp,
};

/// Which way a deployment goes, by when the versions were published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// To a version that was published later, or to a target that has none.
    Forward,
    /// To the version that runs.
    Same,
    /// To a version that was published earlier.
    Back,
    /// Off the target.
    Away,
}

/// Which way it is from the version that runs to the one that is wanted.
#[must_use]
pub fn direction(current: Option<&Version>, wanted: &Version) -> Direction {
    let published = |version: &Version| version.published.as_ref().map(|publication| publication.at);
    match current {
        Some(current) if current.id == wanted.id => Direction::Same,
        Some(current) if published(wanted) < published(current) => Direction::Back,
        _ => Direction::Forward,
    }
}

/// What a deployment that somebody asked for does to the hold: going back or away sets it, so that policies do not undo it;
/// going forward lifts it.
#[must_use]
pub fn hold(deployment: &Deployment, direction: Direction, now: Timestamp) -> HoldChange {
    let set = |reason| {
        HoldChange::Set(Hold { reason, by: deployment.actor.clone(), at: now, deployment: Some(deployment.id.clone()) })
    };
    match direction {
        Direction::Same => HoldChange::Keep,
        Direction::Forward => HoldChange::Lift,
        Direction::Back => set(format!("rolled back to {}", deployment.version)),
        Direction::Away => set(format!("removed from {}", deployment.target)),
    }
}

/// The version that ran before the current one, of the successful deployments to a target, the latest first.
#[must_use]
pub fn previous<'a>(succeeded: &'a [Deployment], current: &VersionId) -> Option<&'a VersionId> {
    succeeded.iter().map(|deployment| &deployment.version).find(|version| *version != current)
}
