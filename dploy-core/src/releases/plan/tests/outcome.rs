use rstest::rstest;

use crate::{
    artifact::ArtifactError,
    releases::{
        deployment::{Deployment, DeploymentState},
        plan::outcome::{ATTEMPTS_MAX, Failure, after},
        ports::GitOpsError,
    },
};

use super::{at, queued};

fn tried(attempts: u32) -> Deployment {
    Deployment { attempts, state: DeploymentState::Running, ..queued(1, "web", "1") }
}

#[rstest]
#[case(Failure::NoTarget)]
#[case(Failure::Integrity)]
#[case(Failure::GitOps(GitOpsError::Refused("hook".to_owned())))]
#[case(Failure::GitOps(GitOpsError::Denied("key".to_owned())))]
#[case(Failure::Artifact(ArtifactError::NotFound))]
fn what_trying_again_cannot_mend_fails_at_once(#[case] failure: Failure) {
    let finish = after(&tried(1), &failure, at(10));
    assert_eq!((finish.state, finish.not_before), (DeploymentState::Failed, None));
    assert!(finish.reason.is_some_and(|reason| !reason.is_empty()));
}

#[test]
fn s44_what_does_not_answer_is_tried_again_a_bounded_number_of_times() {
    let failure = Failure::GitOps(GitOpsError::Unavailable("connection refused".to_owned()));
    let states: Vec<_> = (1..=ATTEMPTS_MAX).map(|attempts| after(&tried(attempts), &failure, at(10))).collect();
    let (last, before) = states.split_last().unwrap();
    assert!(before.iter().all(|finish| finish.state == DeploymentState::Queued && finish.not_before > Some(at(10))));
    assert!(before.is_sorted_by_key(|finish| finish.not_before), "each wait is longer");
    assert_eq!(last.state, DeploymentState::Failed);
    assert!(last.reason.as_ref().unwrap().contains("connection refused"));
}

#[test]
fn a_reason_is_one_bounded_line() {
    let failure = Failure::GitOps(GitOpsError::Refused("a\nb\u{1b}[31m".repeat(500)));
    let reason = failure.reason();
    assert!(reason.chars().count() <= 500 && !reason.contains(char::is_control));
}
