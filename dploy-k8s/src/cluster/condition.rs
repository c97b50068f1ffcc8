//! Conditions as `k8s.io/apimachinery/pkg/apis/meta/v1` defines them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// The schema's limit of a condition's message, in bytes.
const LONGEST_MESSAGE: usize = 32_768;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nothing can be said.
    Unknown,
}

impl ConditionStatus {
    /// `True`, `False` or `Unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// What a condition should say now.
#[derive(Clone, Debug)]
pub struct ConditionUpdate {
    /// CamelCase type, for example `Ready`.
    pub type_: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// CamelCase reason, a constant of ours; never empty.
    pub reason: String,
    /// For people; may be empty. Cut to 32 KiB.
    pub message: String,
    /// The `metadata.generation` that this was found out for.
    pub observed_generation: Option<i64>,
}

/// Puts a condition into the list, in place of an older one of its type.
///
/// `lastTransitionTime` becomes `now` (whole seconds, as the API server keeps it) only where the status differs from
/// before; so the same update twice leaves the list as it was. Gives whether the status differs.
pub fn set_condition(conditions: &mut Vec<Condition>, update: ConditionUpdate, now: Timestamp) -> bool {
    let position = conditions.iter().position(|condition| condition.type_ == update.type_);
    let previous = position.and_then(|position| conditions.get(position));
    let kept = previous.filter(|condition| condition.status == update.status.as_str());
    let transitioned = kept.is_none();
    let last_transition_time = match kept {
        Some(condition) => condition.last_transition_time.clone(),
        None => Time(Timestamp::from_second(now.as_second()).unwrap_or(now)),
    };
    let condition = Condition {
        last_transition_time,
        message: cut(update.message),
        observed_generation: update.observed_generation,
        reason: update.reason,
        status: update.status.as_str().to_owned(),
        type_: update.type_,
    };
    match position.and_then(|position| conditions.get_mut(position)) {
        Some(slot) => *slot = condition,
        None => conditions.push(condition),
    }
    transitioned
}

/// The condition of that type.
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Whether the condition of that type is there and `True`.
pub fn is_true(conditions: &[Condition], type_: &str) -> bool {
    find(conditions, type_).is_some_and(|condition| condition.status == ConditionStatus::True.as_str())
}

fn cut(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    message
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan};

    use super::{ConditionStatus, ConditionUpdate, is_true, set_condition};

    fn ready(status: ConditionStatus, reason: &str) -> ConditionUpdate {
        ConditionUpdate {
            type_: "Ready".into(),
            status,
            reason: reason.into(),
            message: String::new(),
            observed_generation: Some(1),
        }
    }

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let start: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        let mut conditions = Vec::new();
        assert!(set_condition(&mut conditions, ready(ConditionStatus::False, "Waiting"), start));
        assert_eq!(conditions[0].last_transition_time.0.to_string(), "2026-01-02T03:04:05Z");

        let before = conditions.clone();
        assert!(!set_condition(&mut conditions, ready(ConditionStatus::False, "Waiting"), start + 1.hour()));
        assert_eq!(conditions, before, "the same update changes nothing");

        assert!(!set_condition(&mut conditions, ready(ConditionStatus::False, "Failed"), start + 2.hours()));
        assert_eq!(conditions[0].last_transition_time, before[0].last_transition_time);
        assert!(set_condition(&mut conditions, ready(ConditionStatus::True, "Done"), start + 3.hours()));
        assert_eq!(conditions[0].last_transition_time.0.to_string(), "2026-01-02T06:04:05Z");
        assert_eq!(conditions.len(), 1);
        assert!(is_true(&conditions, "Ready"));
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let mut conditions = Vec::new();
        let mut update = ready(ConditionStatus::True, "Done");
        update.message = "€".repeat(20_000);
        set_condition(&mut conditions, update, Timestamp::UNIX_EPOCH);
        assert_eq!(conditions[0].message.len(), 32_766);
    }
}
