//! What Argo CD reports, as a verdict on the Application as it was applied.

use std::time::Duration;

use dploy_core::environments::ports::{Readiness, ReadinessState};
use jiff::Timestamp;

use crate::foreign::argocd::{Application, ApplicationStatus, HealthStatus, OperationState};

/// The verdict where Argo CD has not looked at the Application yet.
const PENDING: &str = "ApplicationPending";
/// The verdict where Argo CD is at work and says no more.
const PROGRESSING: &str = "ApplicationProgressing";
/// The verdict on an Application that is being deleted while its instance lives.
const TERMINATING: &str = "ApplicationTerminating";
/// How long health may be degraded before it counts as a failure.
const DEGRADED_GRACE: Duration = Duration::from_secs(120);

/// Reads the verdict from an Application.
///
/// The parts of a status that are about another source or destination than the spec's do not count.
pub(in crate::environments) fn readiness(application: &Application, now: Timestamp) -> Readiness {
    if application.metadata.deletion_timestamp.is_some() {
        return progressing(TERMINATING, "the Application is being deleted");
    }
    let Some(status) = &application.status else { return pending() };
    let operation = operation(application, status);
    let phase = operation.map(|operation| operation.phase.as_str());
    let told = operation.and_then(|operation| operation.message.as_deref()).unwrap_or_default();
    match phase {
        Some("Failed") => return verdict(ReadinessState::Failed, "SyncFailed", told),
        Some("Error") => return verdict(ReadinessState::Failed, "SyncError", told),
        _ => {}
    }
    let synced = phase == Some("Succeeded") || status.sync.as_ref().is_some_and(|sync| sync.status == "Synced");
    if !compared(application, status) || !synced {
        return explained(status, told);
    }
    match phase {
        Some("Running" | "Terminating") => progressing("Syncing", told),
        _ => healthy(status.health.as_ref(), now),
    }
}

/// The sync that runs or ran last, if it is of what the spec says.
fn operation<'a>(application: &Application, status: &'a ApplicationStatus) -> Option<&'a OperationState> {
    let operation = status.operation_state.as_ref()?;
    let synced = operation.sync_result.as_ref()?.source.as_ref()?;
    application.spec.source.as_ref().is_some_and(|source| source.same(synced)).then_some(operation)
}

/// Whether Argo CD has compared the cluster with what the spec says.
fn compared(application: &Application, status: &ApplicationStatus) -> bool {
    let compared = status.sync.as_ref().and_then(|sync| sync.compared_to.as_ref());
    compared.is_some_and(|compared| {
        let source = application.spec.source.as_ref().zip(compared.source.as_ref());
        source.is_some_and(|(wanted, found)| wanted.same(found)) && compared.destination == application.spec.destination
    })
}

/// A release that is not installed as wanted, with what keeps it from being where that is said.
fn explained(status: &ApplicationStatus, told: &str) -> Readiness {
    let error = status.conditions.iter().find(|found| found.type_.ends_with("Error"));
    match (error, &status.sync) {
        (Some(error), _) => progressing(&error.type_, &error.message),
        (None, None) => pending(),
        (None, Some(_)) => {
            progressing(PROGRESSING, if told.is_empty() { "Argo CD has yet to sync the Application" } else { told })
        }
    }
}

fn healthy(health: Option<&HealthStatus>, now: Timestamp) -> Readiness {
    let Some(health) = health.filter(|health| !health.status.is_empty()) else {
        return progressing(PROGRESSING, "Argo CD has yet to say how the resources are doing");
    };
    let message = health.message.clone().unwrap_or_else(|| format!("the resources are {}", health.status));
    let state = match health.status.as_str() {
        "Healthy" | "Suspended" => ReadinessState::Ready,
        "Degraded" if stands(health, now) => ReadinessState::Failed,
        _ => ReadinessState::Progressing,
    };
    verdict(state, &health.status, &message)
}

fn stands(health: &HealthStatus, now: Timestamp) -> bool {
    let since = health.last_transition_time.as_ref();
    since.is_some_and(|since| now.duration_since(since.0).unsigned_abs() >= DEGRADED_GRACE && now > since.0)
}

fn pending() -> Readiness {
    progressing(PENDING, "Argo CD has not looked at the Application yet")
}

pub(super) fn progressing(reason: &str, message: &str) -> Readiness {
    verdict(ReadinessState::Progressing, reason, message)
}

fn verdict(state: ReadinessState, reason: &str, message: &str) -> Readiness {
    Readiness { state, reason: reason.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-01-01T01:00:00Z";

    fn source(version: &str) -> Value {
        json!({ "repoURL": "https://charts", "chart": "blog", "targetRevision": version, "helm": { "valuesObject": { "a": 1 } } })
    }

    /// The verdict on version 2 with this status.
    fn of(status: Value) -> (ReadinessState, String, String) {
        let destination = json!({ "server": "https://kubernetes.default.svc", "namespace": "n" });
        let application = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": { "name": "jane-blog" },
            "spec": { "project": "dploy", "source": source("2"), "destination": destination },
            "status": status,
        });
        let found = readiness(&serde_json::from_value(application).unwrap(), NOW.parse().unwrap());
        (found.state, found.reason, found.message)
    }

    fn sync(status: &str, version: &str) -> Value {
        let destination = json!({ "server": "https://kubernetes.default.svc", "namespace": "n" });
        json!({ "status": status, "comparedTo": { "source": source(version), "destination": destination } })
    }

    fn operation(phase: &str, version: &str) -> Value {
        json!({ "phase": phase, "message": format!("it {phase}"), "syncResult": { "source": source(version) } })
    }

    fn health(status: &str, since: &str) -> Value {
        json!({ "status": status, "lastTransitionTime": since })
    }

    const LONG_AGO: &str = "2026-01-01T00:00:00Z";
    const JUST_NOW: &str = "2026-01-01T00:59:00Z";

    #[test]
    fn s43_an_application_that_argo_cd_has_not_seen_is_pending() {
        assert_eq!(of(json!({})).1, PENDING);
        let application = Application::default();
        assert_eq!(readiness(&application, NOW.parse().unwrap()).reason, PENDING);
    }

    #[rstest]
    #[case("Healthy", ReadinessState::Ready)]
    #[case("Suspended", ReadinessState::Ready)]
    #[case("Progressing", ReadinessState::Progressing)]
    #[case("Missing", ReadinessState::Progressing)]
    #[case("Unknown", ReadinessState::Progressing)]
    #[case("Degraded", ReadinessState::Failed)]
    fn s43_health_decides_once_it_is_synced(#[case] word: &str, #[case] expected: ReadinessState) {
        let found = of(json!({ "sync": sync("Synced", "2"), "health": health(word, LONG_AGO) }));
        assert_eq!((found.0, found.1.as_str()), (expected, word));
    }

    #[test]
    fn a_moment_of_degraded_is_no_failure() {
        let found = of(json!({ "sync": sync("Synced", "2"), "health": health("Degraded", JUST_NOW) }));
        assert_eq!((found.0, found.1.as_str()), (ReadinessState::Progressing, "Degraded"));
        let undated = of(json!({ "sync": sync("Synced", "2"), "health": { "status": "Degraded" } }));
        assert_eq!(undated.0, ReadinessState::Progressing);
        let ahead = of(json!({ "sync": sync("Synced", "2"), "health": health("Degraded", "2026-01-01T09:00:00Z") }));
        assert_eq!(ahead.0, ReadinessState::Progressing, "a clock that is ahead fails nothing");
    }

    #[test]
    fn s43_what_is_about_an_older_source_does_not_count() {
        let healthy = health("Healthy", LONG_AGO);
        let older = of(
            json!({ "sync": sync("Synced", "1"), "health": healthy, "operationState": operation("Succeeded", "1") }),
        );
        assert_eq!((older.0, older.1.as_str()), (ReadinessState::Progressing, PROGRESSING));
        let failed = of(json!({ "sync": sync("OutOfSync", "2"), "operationState": operation("Failed", "1") }));
        assert_eq!(failed.0, ReadinessState::Progressing);
        let mut elsewhere = sync("Synced", "2");
        elsewhere["comparedTo"]["destination"]["namespace"] = json!("other");
        assert_eq!(of(json!({ "sync": elsewhere, "health": healthy })).0, ReadinessState::Progressing);
    }

    #[rstest]
    #[case("Failed", "SyncFailed")]
    #[case("Error", "SyncError")]
    fn s43_a_sync_that_ended_without_success_has_failed(#[case] phase: &str, #[case] reason: &str) {
        let found = of(json!({ "sync": sync("OutOfSync", "2"), "operationState": operation(phase, "2") }));
        assert_eq!(found, (ReadinessState::Failed, reason.to_owned(), format!("it {phase}")));
    }

    #[test]
    fn s43_a_sync_under_way_is_no_failure_and_not_ready() {
        let running = json!({
            "sync": sync("Synced", "2"), "health": health("Healthy", LONG_AGO), "operationState": operation("Running", "2"),
        });
        let found = of(running);
        assert_eq!((found.0, found.1.as_str()), (ReadinessState::Progressing, "Syncing"));
    }

    #[test]
    fn what_was_synced_stays_ready_while_something_drifts_or_the_repository_does_not_answer() {
        for word in ["OutOfSync", "Unknown"] {
            let found = of(json!({
                "sync": sync(word, "2"), "health": health("Healthy", LONG_AGO), "operationState": operation("Succeeded", "2"),
                "conditions": [{ "type": "ComparisonError", "message": "the repository does not answer" }],
            }));
            assert_eq!(found.0, ReadinessState::Ready, "{word}");
        }
    }

    #[rstest]
    #[case("ComparisonError")]
    #[case("InvalidSpecError")]
    fn an_error_that_may_go_away_explains_what_is_waited_for(#[case] kind: &str) {
        let conditions =
            json!([{ "type": "OrphanedResourceWarning", "message": "no" }, { "type": kind, "message": "why" }]);
        let found = of(json!({ "sync": { "status": "Unknown" }, "conditions": conditions }));
        assert_eq!(found, (ReadinessState::Progressing, kind.to_owned(), "why".to_owned()));
    }
}
