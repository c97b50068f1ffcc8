//! Conditions of objects as the domain sees them, and back.

use dploy_core::{
    condition::{ACCEPTED, Condition as Told, Observed, PROGRESSING, READY, Truth},
    time::Timestamp,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::cluster::condition::{ConditionStatus, ConditionUpdate, set_condition};

/// The condition of type `kind`, if the object has it.
pub(super) fn find(conditions: &[Condition], kind: &str) -> Option<Observed> {
    let found = conditions.iter().find(|condition| condition.type_ == kind)?;
    let status = match found.status.as_str() {
        "True" => Truth::True,
        "False" => Truth::False,
        _ => Truth::Unknown,
    };
    let since = Some(super::timestamp(&found.last_transition_time));
    Some(Observed { status, reason: found.reason.clone(), message: found.message.clone(), since })
}

/// Writes a condition as it was decided, with the time of its last transition.
pub(super) fn set(
    conditions: &mut Vec<Condition>,
    kind: &str,
    observed: Option<&Observed>,
    observed_generation: Option<i64>,
) {
    let Some(observed) = observed else {
        conditions.retain(|condition| condition.type_ != kind);
        return;
    };
    let update = ConditionUpdate {
        type_: kind.to_owned(),
        status: match observed.status {
            Truth::True => ConditionStatus::True,
            Truth::False => ConditionStatus::False,
            Truth::Unknown => ConditionStatus::Unknown,
        },
        reason: if observed.reason.is_empty() { "Unknown".to_owned() } else { observed.reason.clone() },
        message: observed.message.clone(),
        observed_generation,
    };
    let since = observed.since.unwrap_or(Timestamp::from_unix_seconds(0));
    set_condition(conditions, update, since.into());
}

/// Writes `Accepted` and `Progressing` as they follow from `Ready`, whose transitions they share.
pub(super) fn set_derived(
    conditions: &mut Vec<Condition>,
    ready: Option<&Observed>,
    accepted: &Told,
    progressing: bool,
    generation: Option<i64>,
) {
    let since = ready.and_then(|ready| ready.since);
    let mut write = |kind: &str, status: Truth, reason: &str, message: &str| {
        let before = find(conditions, kind).filter(|before| before.status == status).and_then(|before| before.since);
        let observed =
            Observed { status, reason: reason.to_owned(), message: message.to_owned(), since: before.or(since) };
        set(conditions, kind, Some(&observed), generation);
    };
    write(ACCEPTED, accepted.status, &accepted.reason, &accepted.message);
    let reason = ready.map_or("Pending", |ready| ready.reason.as_str());
    write(PROGRESSING, progressing.into(), if progressing { reason } else { "Settled" }, "");
    conditions.sort_by_key(|condition| match condition.type_.as_str() {
        ACCEPTED => 0,
        PROGRESSING => 1,
        READY => 2,
        _ => 3,
    });
}
