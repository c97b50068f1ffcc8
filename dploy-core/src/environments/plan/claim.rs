//! How a decided claim goes on.

use crate::{
    condition::{Observed, Truth},
    environments::{
        claim::{Claim, ClaimPhase, ClaimStatus, reason},
        instance::{Instance, InstancePhase},
        lifetime::{Progress, Terms},
        template::Template,
    },
    plan::Plan,
    time::Timestamp,
};

use super::binding::bound_status;

/// Seconds that a refused or ended claim stays readable before it is removed.
pub const TOMBSTONE_SECONDS: i64 = 600;

/// What is done for a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Its status becomes this.
    Report(Box<ClaimStatus>),
    /// Its environment has ended: its status becomes this; its instance goes once that is written.
    End(Box<ClaimStatus>),
    /// It is removed.
    Remove,
}

/// What a decision about a claim sees.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// The instance that it names, if that exists.
    pub instance: Option<&'a Instance>,
    /// Seconds after binding at which its clock starts in any case.
    pub provision_timeout: u32,
}

/// The status of a claim that is bound to `instance` now; where that is ready, its lifetime has started.
#[must_use]
pub fn bound(claim: &Claim, instance: &Instance, terms: Terms, now: Timestamp) -> ClaimStatus {
    let claim = Claim { status: bound_status(claim, instance, terms, now), ..claim.clone() };
    let seen = Observation { claim: &claim, instance: Some(instance), provision_timeout: Template::PROVISION_TIMEOUT };
    live_status(seen, instance, now).0
}

/// Decides how a claim goes on; a pending one is left to binding.
#[must_use]
pub fn plan_claim(seen: Observation<'_>, now: Timestamp) -> Plan<Action> {
    match seen.claim.status.phase {
        _ if seen.claim.meta.is_deleting() => Plan::default(),
        ClaimPhase::Pending => Plan::default(),
        ClaimPhase::Bound => plan_bound(seen, now),
        ClaimPhase::Rejected | ClaimPhase::Expired => plan_tombstone(seen.claim, now),
    }
}

fn plan_tombstone(claim: &Claim, now: Timestamp) -> Plan<Action> {
    let since = claim.status.bound.as_ref().and_then(|bound| bound.since).unwrap_or(claim.meta.created);
    let until = since.plus_seconds(TOMBSTONE_SECONDS);
    if until <= now {
        return Plan::act(Action::Remove);
    }
    Plan { wake_at: Some(until), ..Plan::default() }
}

fn plan_bound(seen: Observation<'_>, now: Timestamp) -> Plan<Action> {
    let claim = seen.claim;
    let Some(instance) = seen.instance.filter(|instance| !instance.meta.is_deleting()) else {
        let message = "its instance was deleted";
        return Plan::act(Action::End(Box::new(ended(
            claim,
            ClaimPhase::Expired,
            reason::INSTANCE_DELETED,
            message,
            now,
        ))));
    };
    let (status, mut wake_at) = live_status(seen, instance, now);
    if let Some(expiry) = status.expires_at.filter(|expiry| *expiry <= now) {
        let message = format!("its time was up at {expiry}");
        let last = Claim { status, ..claim.clone() };
        return Plan::act(Action::End(Box::new(ended(&last, ClaimPhase::Expired, reason::EXPIRED, &message, now))));
    }
    if let Some(idle_at) = idle_at(claim, &status) {
        if idle_at <= now {
            let message = "it was not used for as long as its template allows";
            let last = Claim { status, ..claim.clone() };
            return Plan::act(Action::End(Box::new(ended(&last, ClaimPhase::Expired, reason::IDLE, message, now))));
        }
        wake_at = Some(wake_at.map_or(idle_at, |at| at.min(idle_at)));
    }
    let actions = if status == claim.status { Vec::new() } else { vec![Action::Report(Box::new(status))] };
    Plan { actions, wake_at, ..Plan::default() }
}

/// The status of a bound claim over its instance, and when time alone changes it.
fn live_status(seen: Observation<'_>, instance: &Instance, now: Timestamp) -> (ClaimStatus, Option<Timestamp>) {
    let claim = seen.claim;
    let mut status = claim.status.clone();
    let terms = status.terms.unwrap_or_default();
    status.connection = instance.status.connection.clone();
    status.extend_count = terms.clamp(claim.extensions);
    status.ready = Some(readiness(claim, instance, now));
    let progress = progress(seen, instance);
    status.started_at =
        status.started_at.or_else(|| own_start(claim, instance, terms)).or_else(|| progress.started(now));
    status.expires_at = status.started_at.and_then(|start| terms.deadline(start, status.extend_count));
    let wake_at = match status.started_at {
        Some(_) => status.expires_at,
        None => Some(progress.timeout()),
    };
    (status, wake_at)
}

/// When the environment ends unless it is used, once its lifetime has started.
fn idle_at(claim: &Claim, status: &ClaimStatus) -> Option<Timestamp> {
    status.terms?.idle_at(status.last_use(claim.last_activity)?)
}

/// An adopted instance that says when it ends started its lifetime one ttl before that.
fn own_start(claim: &Claim, instance: &Instance, terms: Terms) -> Option<Timestamp> {
    claim.adopts.as_ref()?;
    Some(instance.expires_at?.plus_seconds(-terms.ttl?))
}

fn progress(seen: Observation<'_>, instance: &Instance) -> Progress {
    let failed = instance.status.phase == InstancePhase::Failed;
    Progress {
        bound_at: seen.claim.status.bound_at.unwrap_or(seen.claim.meta.created),
        ready_at: instance.status.ready_at,
        failed_at: instance.status.ready.as_ref().filter(|_| failed).and_then(|ready| ready.since),
        provision_timeout: seen.provision_timeout,
    }
}

fn readiness(claim: &Claim, instance: &Instance, now: Timestamp) -> Observed {
    let status = Truth::from(instance.status.phase.is_usable());
    let (reason, message) = match &instance.status.ready {
        Some(ready) => (ready.reason.clone(), ready.message.clone()),
        None => (instance.status.phase.as_str().to_owned(), String::new()),
    };
    transition(claim.status.ready.as_ref(), status, reason, message, now)
}

/// A condition whose `since` moves only when its status does.
pub(crate) fn transition(
    before: Option<&Observed>,
    status: Truth,
    reason: String,
    message: String,
    now: Timestamp,
) -> Observed {
    let since = before.filter(|before| before.status == status).and_then(|before| before.since);
    Observed { status, reason, message, since: Some(since.unwrap_or(now.whole_seconds())) }
}

/// A condition that says why something is not as it should be, or that this was so.
pub(crate) fn trouble(before: Option<&Observed>, why: Option<(&str, String)>, now: Timestamp) -> Option<Observed> {
    match why {
        Some((reason, message)) => Some(transition(before, Truth::True, reason.to_owned(), message, now)),
        None => before.map(|_| transition(before, Truth::False, "Resolved".to_owned(), String::new(), now)),
    }
}

/// The status of a claim whose environment has ended or was never given.
pub(crate) fn ended(claim: &Claim, phase: ClaimPhase, reason: &str, message: &str, now: Timestamp) -> ClaimStatus {
    let told =
        |before: Option<&Observed>| Some(transition(before, Truth::False, reason.to_owned(), message.to_owned(), now));
    ClaimStatus {
        phase,
        reason: reason.to_owned(),
        message: message.to_owned(),
        bound: told(claim.status.bound.as_ref()),
        ready: told(claim.status.ready.as_ref()),
        ..claim.status.clone()
    }
}
