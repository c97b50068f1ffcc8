//! What Flux reports, as a verdict on the release as it was applied.

use dploy_core::environments::ports::{Readiness, ReadinessState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::{
    cluster::condition::find,
    foreign::flux::{FluxStatus, HelmRelease},
};

use super::objects::INSTALL_RETRIES;

/// The verdict where Flux has not looked at the release yet.
const PENDING: &str = "HelmReleasePending";
/// The verdict where Flux is at work and says no more.
const PROGRESSING: &str = "HelmReleaseProgressing";
/// The verdict on a release that is being deleted while its instance lives.
const TERMINATING: &str = "HelmReleaseTerminating";

/// Reasons of a release action that ended without success.
///
/// helm-controller also writes them while retries are left; then it says `Reconciling` too, and does not note the
/// generation as observed.
const GAVE_UP: [&str; 7] = [
    "InstallFailed",
    "UpgradeFailed",
    "TestFailed",
    "RollbackFailed",
    "RollbackSucceeded",
    "UninstallFailed",
    "UninstallSucceeded",
];

/// Reads the verdict from a HelmRelease and, where it is known, the status of its source with its generation.
///
/// helm-controller marks a release `Stalled` when it has given up: `RetriesExceeded`, `MissingRollbackTarget`,
/// `AccessDenied`, `InvalidCELExpression`. It notes a generation as observed when it is ready, has given up, or has
/// nothing to do before something changes; so until then no verdict belongs to what was applied last.
pub(super) fn readiness(release: &HelmRelease, source: Option<(i64, &FluxStatus)>) -> Readiness {
    let generation = release.metadata.generation.unwrap_or_default();
    if release.metadata.deletion_timestamp.is_some() {
        return progressing(TERMINATING, "the HelmRelease is being deleted");
    }
    let Some(status) = &release.status else { return pending() };
    if let Some(stalled) = current(status, "Stalled", generation) {
        return verdict(ReadinessState::Failed, failure(status, stalled));
    }
    if let Some((generation, status)) = source
        && let Some(stalled) = current(status, "Stalled", generation)
    {
        return verdict(ReadinessState::Failed, stalled);
    }
    if let Some(failed) = used_up(status, generation) {
        return verdict(ReadinessState::Failed, failed);
    }
    let Some(ready) = find(&status.conditions, "Ready") else { return pending() };
    let settled = status.observed_generation == Some(generation) && is_of(ready, generation);
    match ready.status.as_str() {
        "True" if settled => verdict(ReadinessState::Ready, ready),
        "True" => progressing(PROGRESSING, "the HelmRelease has changed since it was ready"),
        "False" if settled && gave_up(status, ready) => verdict(ReadinessState::Failed, ready),
        _ => explained(ready, source.map(|(_, status)| status)),
    }
}

/// The condition of that type if it is true of this generation.
fn current<'a>(status: &'a FluxStatus, type_: &str, generation: i64) -> Option<&'a Condition> {
    find(&status.conditions, type_).filter(|found| found.status == "True" && is_of(found, generation))
}

/// Whether a condition was written about this generation; one that names none is taken at its word.
fn is_of(condition: &Condition, generation: i64) -> bool {
    condition.observed_generation.is_none_or(|observed| observed == generation)
}

/// The action that has failed as often as the release asks to try.
///
/// A chart that cannot even be rendered leaves nothing behind to remedy, so helm-controller does not count it against
/// the retries and tries for ever, more and more rarely. The same values of the same chart give the same failure; the
/// environment must not wait for its provision timeout to say so.
fn used_up(status: &FluxStatus, generation: i64) -> Option<&Condition> {
    let attempts = status.failures.unwrap_or_default();
    let released = find(&status.conditions, "Released").filter(|found| found.status == "False")?;
    let failed = GAVE_UP.contains(&released.reason.as_str()) && is_of(released, generation);
    (attempts > INSTALL_RETRIES && failed).then_some(released)
}

fn gave_up(status: &FluxStatus, ready: &Condition) -> bool {
    let at_work = find(&status.conditions, "Reconciling").is_some_and(|found| found.status == "True");
    GAVE_UP.contains(&ready.reason.as_str()) && !at_work
}

/// The cause behind `Stalled`, which itself only says that the retries are used up.
fn failure<'a>(status: &'a FluxStatus, stalled: &'a Condition) -> &'a Condition {
    let ready = find(&status.conditions, "Ready").filter(|ready| ready.status == "False" && !ready.reason.is_empty());
    ready.unwrap_or(stalled)
}

/// A release that is on its way, with what its source lacks where that is known.
fn explained(ready: &Condition, source: Option<&FluxStatus>) -> Readiness {
    let reason = if ready.reason.is_empty() { PROGRESSING } else { ready.reason.as_str() };
    let failing = source.and_then(|source| find(&source.conditions, "Ready")).filter(|found| found.status == "False");
    match failing {
        Some(cause) => progressing(reason, &format!("{}: {}", ready.message, cause.message)),
        None => progressing(reason, &ready.message),
    }
}

fn verdict(state: ReadinessState, condition: &Condition) -> Readiness {
    Readiness { state, reason: condition.reason.clone(), message: condition.message.clone() }
}

fn pending() -> Readiness {
    progressing(PENDING, "Flux has not looked at the HelmRelease yet")
}

pub(super) fn progressing(reason: &str, message: &str) -> Readiness {
    Readiness { state: ReadinessState::Progressing, reason: reason.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use rstest::rstest;

    use super::*;

    fn condition(type_: &str, status: &str, reason: &str, generation: i64) -> Condition {
        Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.into(),
            message: format!("{reason} it is"),
            observed_generation: Some(generation),
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        }
    }

    fn status(observed: i64, conditions: &[(&str, &str, &str, i64)]) -> FluxStatus {
        let conditions = conditions.iter().map(|(type_, status, reason, of)| condition(type_, status, reason, *of));
        FluxStatus { observed_generation: Some(observed), failures: None, conditions: conditions.collect() }
    }

    /// The verdict on generation 2.
    fn of(observed: i64, conditions: &[(&str, &str, &str, i64)]) -> (ReadinessState, String) {
        let mut release = HelmRelease { status: Some(status(observed, conditions)), ..HelmRelease::default() };
        release.metadata.generation = Some(2);
        let found = readiness(&release, None);
        (found.state, found.reason)
    }

    #[test]
    fn s43_a_release_that_flux_has_not_seen_is_pending() {
        assert_eq!(readiness(&HelmRelease::default(), None).reason, PENDING);
        assert_eq!(of(-1, &[]), (ReadinessState::Progressing, PENDING.into()));
    }

    #[test]
    fn s43_d17_ready_counts_for_the_generation_that_was_observed() {
        let ready = ("Ready", "True", "InstallSucceeded");
        assert_eq!(of(2, &[(ready.0, ready.1, ready.2, 2)]), (ReadinessState::Ready, "InstallSucceeded".into()));
        assert_eq!(of(1, &[(ready.0, ready.1, ready.2, 1)]).0, ReadinessState::Progressing);
        assert_eq!(of(2, &[(ready.0, ready.1, ready.2, 1)]).0, ReadinessState::Progressing);
    }

    #[rstest]
    #[case("Progressing")]
    #[case("DependencyNotReady")]
    #[case("SourceNotReady")]
    #[case("ArtifactFailed")]
    #[case("HealthCheckCanceled")]
    #[case("ValuesError")]
    fn s43_d17_a_progressing_reason_is_no_failure(#[case] reason: &str) {
        for observed in [1, 2] {
            let found = of(observed, &[("Ready", "False", reason, 2), ("Reconciling", "True", "Progressing", 2)]);
            assert_eq!(found, (ReadinessState::Progressing, reason.into()));
        }
        assert_eq!(of(2, &[("Ready", "Unknown", reason, 2)]), (ReadinessState::Progressing, reason.into()));
    }

    #[test]
    fn s43_a_failed_action_is_no_failure_while_retries_are_left() {
        let failed = ("Ready", "False", "InstallFailed", 2);
        let retrying = ("Reconciling", "True", "ProgressingWithRetry", 2);
        assert_eq!(of(1, &[failed, retrying]).0, ReadinessState::Progressing);
        assert_eq!(of(2, &[failed, retrying]).0, ReadinessState::Progressing);
        assert_eq!(of(1, &[failed]).0, ReadinessState::Progressing);
        assert_eq!(of(2, &[failed]), (ReadinessState::Failed, "InstallFailed".into()));
    }

    #[test]
    fn s43_a_stalled_release_has_failed_for_the_reason_behind_it() {
        let stalled = ("Stalled", "True", "RetriesExceeded", 2);
        assert_eq!(
            of(2, &[("Ready", "False", "InstallFailed", 2), stalled]),
            (ReadinessState::Failed, "InstallFailed".into())
        );
        assert_eq!(of(2, &[stalled]), (ReadinessState::Failed, "RetriesExceeded".into()));
        let older = ("Stalled", "True", "RetriesExceeded", 1);
        assert_eq!(of(1, &[("Ready", "False", "InstallFailed", 1), older]).0, ReadinessState::Progressing);
    }

    #[test]
    fn s43_a_chart_that_cannot_be_rendered_has_failed_when_the_retries_would_be_used_up() {
        let attempt = |failures: i64, generation: i64| {
            let conditions = [
                ("Reconciling", "True", "Progressing", 2),
                ("Ready", "Unknown", "Progressing", 2),
                ("Released", "False", "InstallFailed", generation),
            ];
            let status = FluxStatus { failures: Some(failures), ..status(-1, &conditions) };
            let mut release = HelmRelease { status: Some(status), ..HelmRelease::default() };
            release.metadata.generation = Some(2);
            readiness(&release, None)
        };
        assert_eq!(attempt(3, 2).state, ReadinessState::Progressing);
        assert_eq!(attempt(4, 1).state, ReadinessState::Progressing);
        let failed = attempt(4, 2);
        assert_eq!((failed.state, failed.reason.as_str()), (ReadinessState::Failed, "InstallFailed"));
    }

    #[test]
    fn a_source_explains_what_is_waited_for_and_ends_it_when_it_gives_up() {
        let waiting = status(-1, &[("Ready", "False", "SourceNotReady", 1)]);
        let mut release = HelmRelease { status: Some(waiting), ..HelmRelease::default() };
        release.metadata.generation = Some(1);
        let failing = status(1, &[("Ready", "False", "GitOperationFailed", 1)]);
        let found = readiness(&release, Some((1, &failing)));
        assert_eq!(
            (found.state, found.message.as_str()),
            (ReadinessState::Progressing, "SourceNotReady it is: GitOperationFailed it is")
        );
        let stalled = status(1, &[("Ready", "False", "URLInvalid", 1), ("Stalled", "True", "URLInvalid", 1)]);
        let found = readiness(&release, Some((1, &stalled)));
        assert_eq!((found.state, found.reason.as_str()), (ReadinessState::Failed, "URLInvalid"));
        assert_eq!(readiness(&release, Some((2, &stalled))).state, ReadinessState::Progressing);
    }
}
