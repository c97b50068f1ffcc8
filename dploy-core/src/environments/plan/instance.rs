//! What is done for an instance.

use std::sync::Arc;

use crate::{
    condition::{Observed, Truth},
    environments::{
        claim::{Claim, ClaimPhase},
        instance::{Connection, Instance, InstancePhase, InstanceStatus, Pin, reason},
        ports::{Readiness, ReadinessState},
        rendering::{RenderError, Rendered},
        settings::Revision,
    },
    time::Timestamp,
};

use super::claim::transition;

/// Seconds after which a teardown that does not finish is reported.
pub const TEARDOWN_DEADLINE_SECONDS: i64 = 600;

/// Seconds for which the steps of an installation that goes well are not told one by one.
pub const QUIET_SECONDS: i64 = 10;

/// How an instance stands to the claim that it carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Link {
    /// It carries none: a free pool member.
    Free,
    /// It carries none and is owned: written by hand or by the original.
    Bare,
    /// Its claim is there and has not been decided: the second half of the bind is missing.
    Pending,
    /// Its claim names it.
    Bound(Arc<Claim>),
    /// Its claim is gone, another one, refused, ended, or names another instance.
    Broken,
}

impl Link {
    /// How `instance` stands to `claim`, the claim of the name that it carries.
    #[must_use]
    pub fn of(instance: &Instance, claim: Option<&Arc<Claim>>) -> Self {
        let Some(carried) = &instance.claim else {
            return if instance.is_free() { Self::Free } else { Self::Bare };
        };
        match claim.filter(|claim| claim.meta.uid == carried.uid && claim.is_live()) {
            Some(claim) if claim.names(&instance.meta.uid) => Self::Bound(Arc::clone(claim)),
            // The claim was made for an instance that is provisioned as it stands, claim or not.
            Some(claim) if claim.adopts.as_ref() == Some(&instance.reference()) => Self::Bare,
            Some(claim) if claim.status.phase == ClaimPhase::Pending && claim.status.instance.is_none() => {
                Self::Pending
            }
            _ => Self::Broken,
        }
    }
}

/// What an instance would be installed from, and with what.
#[derive(Clone, Debug)]
pub enum Source {
    /// The template or its acceptance is missing; the reason and a sentence.
    Missing(&'static str, String),
    /// The revision, the pin it has or would get, and what rendering gave.
    Found {
        /// The revision it is pinned to, or would be.
        revision: Arc<Revision>,
        /// What it keeps for life.
        pin: Pin,
        /// What its texts render to.
        rendered: Result<Arc<Rendered>, RenderError>,
    },
}

/// What is done for an instance next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing, until something changes.
    Wait,
    /// Nothing but its status.
    Report(Box<InstanceStatus>),
    /// It gets our finalizer, labels and seed.
    Prepare,
    /// It is deleted, once a live look confirms that its claim does not name it.
    Destroy,
    /// It is installed.
    Provision(Box<Provision>),
    /// It is torn down.
    TearDown,
    /// It is gone as far as we are concerned.
    Done,
}

/// How an instance is installed.
#[derive(Clone, Debug)]
pub struct Provision {
    /// The status to write before the first effect, if it is not written yet.
    pub before: Option<InstanceStatus>,
    /// What it is pinned to.
    pub pin: Pin,
    /// The revision it is installed from.
    pub revision: Arc<Revision>,
    /// What is installed.
    pub rendered: Arc<Rendered>,
}

/// Decides what is done for an instance next.
#[must_use]
pub fn plan_instance(instance: &Instance, link: &Link, source: &Source, now: Timestamp) -> Step {
    if instance.meta.is_deleting() {
        return if instance.finalized { Step::TearDown } else { Step::Done };
    }
    match link {
        Link::Broken => return Step::Destroy,
        // A bind is on its way: what it ends in is told, not that it is under way.
        Link::Pending => return Step::Wait,
        // What an older version stored without a template gets nothing: it cannot be made, and no write would be accepted.
        _ if instance.template.is_empty() => {}
        _ if !instance.finalized || instance.render_seed.is_none() => return Step::Prepare,
        _ => {}
    }
    match source {
        Source::Missing(why, message) => Step::Report(Box::new(failed(instance, link, why, message, now))),
        Source::Found { rendered: Err(error), .. } => {
            Step::Report(Box::new(failed(instance, link, error.reason, &error.to_string(), now)))
        }
        Source::Found { revision, pin, rendered: Ok(rendered) } => {
            let pinned = instance.status.pin.as_ref() == Some(pin);
            let before = (!pinned).then(|| match &instance.status.pin {
                // It moves to another revision: the engine tells how that goes, until then it is as it was.
                Some(_) => InstanceStatus { pin: Some(pin.clone()), ..instance.status.clone() },
                None => pinned_status(instance, link, pin, rendered, now),
            });
            Step::Provision(Box::new(Provision {
                before,
                pin: pin.clone(),
                revision: Arc::clone(revision),
                rendered: Arc::clone(rendered),
            }))
        }
    }
}

/// The status of an instance that cannot be installed; what runs already is left as it is.
fn failed(instance: &Instance, link: &Link, why: &str, message: &str, now: Timestamp) -> InstanceStatus {
    let mut status = instance.status.clone();
    status.phase = InstancePhase::Failed;
    status.expires_at = expiry(instance, link);
    status.ready = Some(told(instance, Truth::False, why, message, now));
    status
}

fn pinned_status(instance: &Instance, link: &Link, pin: &Pin, rendered: &Rendered, now: Timestamp) -> InstanceStatus {
    let progressing =
        Readiness { state: ReadinessState::Progressing, reason: reason::PROVISIONING.into(), message: String::new() };
    let mut status = status_after(instance, link, &rendered.connection, &progressing, now);
    status.pin = Some(pin.clone());
    status
}

/// The status of an instance after its release was applied.
#[must_use]
pub fn status_after(
    instance: &Instance,
    link: &Link,
    connection: &Connection,
    readiness: &Readiness,
    now: Timestamp,
) -> InstanceStatus {
    let mut status = instance.status.clone();
    let (phase, health) = match readiness.state {
        ReadinessState::Ready => (ready_phase(instance), "Healthy"),
        ReadinessState::Progressing => (InstancePhase::Provisioning, "Progressing"),
        ReadinessState::Failed => (InstancePhase::Failed, "Degraded"),
    };
    let ready = readiness.state == ReadinessState::Ready;
    status.phase = phase;
    health.clone_into(&mut status.health);
    status.connection = connection.clone();
    status.ready_at = status.ready_at.or_else(|| ready.then(|| now.whole_seconds()));
    if readiness.state != ReadinessState::Progressing || !has_just_begun(instance, now) {
        status.ready = Some(told(instance, ready.into(), &readiness.reason, &readiness.message, now));
    }
    status.expires_at = expiry(&Instance { status: status.clone(), ..instance.clone() }, link);
    status
}

/// Whether it has been provisioning for so short a time that what the engine says of its progress is not told yet.
fn has_just_begun(instance: &Instance, now: Timestamp) -> bool {
    let begun = instance.status.ready.as_ref().filter(|ready| ready.reason == reason::PROVISIONING);
    let since = begun.filter(|_| instance.status.pin.is_some()).and_then(|ready| ready.since);
    since.is_some_and(|since| now < since.plus_seconds(QUIET_SECONDS))
}

/// The status of an instance whose release could not be applied.
#[must_use]
pub fn status_after_error(
    instance: &Instance,
    link: &Link,
    why: &str,
    message: &str,
    now: Timestamp,
) -> InstanceStatus {
    failed(instance, link, why, message, now)
}

/// The status of an instance whose teardown waits for something since `since`.
#[must_use]
pub fn status_in_teardown(instance: &Instance, why: &str, message: &str, now: Timestamp) -> InstanceStatus {
    let mut status = instance.status.clone();
    status.phase = InstancePhase::Expiring;
    status.ready = Some(told(instance, Truth::False, InstancePhase::Expiring.as_str(), "it is being torn down", now));
    let since = instance.meta.deleting_since.unwrap_or(now);
    if now >= since.plus_seconds(TEARDOWN_DEADLINE_SECONDS) {
        status.stuck =
            Some(transition(instance.status.stuck.as_ref(), Truth::True, why.to_owned(), message.to_owned(), now));
    }
    status
}

/// When a teardown that waits is to be reported.
#[must_use]
pub fn teardown_deadline(instance: &Instance, now: Timestamp) -> Timestamp {
    instance.meta.deleting_since.unwrap_or(now).plus_seconds(TEARDOWN_DEADLINE_SECONDS)
}

fn ready_phase(instance: &Instance) -> InstancePhase {
    match (instance.pooled, instance.is_free()) {
        (false, _) => InstancePhase::Ready,
        (true, true) => InstancePhase::Available,
        (true, false) => InstancePhase::Claimed,
    }
}

/// When an instance ends: its claim decides; a bare one says so itself, or by its ttl from when it became ready.
#[must_use]
pub fn expiry(instance: &Instance, link: &Link) -> Option<Timestamp> {
    match link {
        Link::Bound(claim) => claim.status.expires_at.or_else(|| first_deadline(instance, claim)),
        Link::Bare => instance.expires_at.or_else(|| {
            let ttl = instance.ttl_seconds.filter(|ttl| *ttl > 0)?;
            Some(instance.status.ready_at?.plus_seconds(ttl))
        }),
        Link::Free | Link::Pending | Link::Broken => None,
    }
}

/// What the claim of an instance that has become ready is about to say.
fn first_deadline(instance: &Instance, claim: &Claim) -> Option<Timestamp> {
    let start = instance.status.ready_at?.max(claim.status.bound_at?);
    let terms = claim.status.terms?;
    claim.adopts.as_ref().and(instance.expires_at).or_else(|| terms.deadline(start, terms.clamp(claim.extensions)))
}

fn told(instance: &Instance, status: Truth, why: &str, message: &str, now: Timestamp) -> Observed {
    transition(instance.status.ready.as_ref(), status, why.to_owned(), message.to_owned(), now)
}
