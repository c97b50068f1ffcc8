use crate::releases::{
    deployment::{Deployment, Trigger},
    name::{TargetName, VersionId},
    plan::message::CommitMessage,
};

use super::queued;

#[test]
fn s35_the_message_names_application_version_and_target_and_carries_the_trailers() {
    let deployment = Deployment { triggered_by: Some("ada".to_owned()), ..queued(7, "web", "1.0.0") };
    let text = CommitMessage::of(&deployment, Some("42540c4")).text();
    let expected = "Deploy web version 1.0.0 to staging\n\nDploy-App: web\nDploy-Version: 1.0.0\nDploy-Target: staging\n\
                    Dploy-Deployment: d7\nDploy-Source-Sha: 42540c4\nDploy-Triggered-By: ada\n";
    assert_eq!(text, expected);
    assert_eq!(CommitMessage::deployment(&text), Some("d7"));
}

#[test]
fn a_rollback_says_what_it_goes_back_from() {
    let replaces = Some(VersionId::parse("2.0.0").unwrap());
    let deployment = Deployment { trigger: Trigger::Rollback, replaces, ..queued(7, "web", "1.0.0") };
    let text = CommitMessage::of(&deployment, Some("42540c4")).text();
    assert!(text.starts_with("Roll back web to version 1.0.0 in staging\n\n"), "{text}");
    assert!(text.contains("\nDploy-Rollback-Of: 2.0.0\n"), "{text}");
}

#[test]
fn no_text_of_a_caller_adds_a_line() {
    let from = TargetName::parse("staging").unwrap();
    let deployment = Deployment {
        trigger: Trigger::Promotion { from },
        triggered_by: Some("ada\n\nDploy-Deployment: other\r".to_owned()),
        ..queued(7, "web", "1.0.0")
    };
    let text = CommitMessage::of(&deployment, Some("x\nDploy-Deployment: other")).text();
    assert_eq!(CommitMessage::deployment(&text), Some("d7"));
    assert_eq!(text.lines().filter(|line| line.starts_with("Dploy-Deployment:")).count(), 1, "{text}");
}

#[test]
fn a_deployment_is_read_from_the_last_paragraph_only() {
    let quoted = "Revert \"Deploy web\"\n\nDploy-Deployment: d1\n\nSigned-off-by: ada";
    assert_eq!(CommitMessage::deployment(quoted), None);
}

#[test]
fn a_removal_names_what_ran_and_no_version_that_runs() {
    let deployment = Deployment { trigger: Trigger::Removal, ..queued(7, "web", "1.0.0") };
    let text = CommitMessage::of(&deployment, None).text();
    let expected = "Remove web from staging\n\nDploy-App: web\nDploy-Removes: 1.0.0\nDploy-Target: staging\n\
                    Dploy-Deployment: d7\nDploy-Triggered-By: ada\n";
    assert_eq!(text, expected);
}

#[test]
fn a_fence_is_no_commit_of_the_deployments_that_it_names() {
    let text = CommitMessage::fence(&[&queued(7, "web", "1.0.0"), &queued(8, "api", "1.0.0")]).text();
    assert!(text.ends_with("\n\nDploy-Fenced: d7\nDploy-Fenced: d8\n"), "{text}");
    assert_eq!(CommitMessage::deployment(&text), None);
}
