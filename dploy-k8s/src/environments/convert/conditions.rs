//! Conditions of objects as the domain sees them, and back.

use dploy_core::condition::{ACCEPTED, Condition as Told, Observed, PROGRESSING, READY, Truth};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::time;

/// The longest message that is stored.
const MESSAGE_MAX: usize = 4096;

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
pub(super) fn set(conditions: &mut Vec<Condition>, kind: &str, observed: Option<&Observed>, generation: Option<i64>) {
    let Some(observed) = observed else {
        conditions.retain(|condition| condition.type_ != kind);
        return;
    };
    let condition = Condition {
        type_: kind.to_owned(),
        status: observed.status.as_str().to_owned(),
        reason: if observed.reason.is_empty() { "Unknown".to_owned() } else { observed.reason.clone() },
        message: cut(&observed.message),
        last_transition_time: time(observed.since.unwrap_or(dploy_core::time::Timestamp::from_unix_seconds(0))),
        observed_generation: generation,
    };
    match conditions.iter_mut().find(|known| known.type_ == kind) {
        Some(known) => *known = condition,
        None => conditions.push(condition),
    }
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

fn cut(message: &str) -> String {
    let end = message.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MESSAGE_MAX).last();
    message.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}
