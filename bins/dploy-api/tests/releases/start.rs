use std::{process::Stdio, time::Duration};

use rstest::rstest;
use tokio::{process::Command, time::timeout};

async fn program(arguments: &[&str], variables: &[(&str, &str)]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dploy-api"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = timeout(Duration::from_secs(120), command.output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

const LEAST: [(&str, &str); 3] = [("API_KEYS", "hunter2"), ("S3_BUCKET", "b"), ("GITOPS_REPO", "/srv/gitops.git")];

#[rstest]
#[case("API_KEYS")]
#[case("S3_BUCKET")]
#[case("GITOPS_REPO")]
#[tokio::test]
async fn s70_the_start_ends_with_the_name_of_what_is_missing(#[case] missing: &str) {
    let given: Vec<_> = LEAST.into_iter().filter(|(name, _)| *name != missing).collect();
    let (success, _, stderr) = program(&[], &given).await;
    assert!(!success && stderr.contains(&format!("{missing} must be set")), "{stderr}");
}

#[tokio::test]
async fn s70_without_any_variable_both_minimal_sets_are_told() {
    let (success, _, stderr) = program(&[], &[]).await;
    assert!(
        !success && ["JWKS_URL", "API_KEYS", "ARTIFACT_STORE=folder"].iter().all(|name| stderr.contains(name)),
        "{stderr}"
    );
}

#[tokio::test]
async fn w17_the_check_shows_what_counts_without_secrets() {
    let (success, stdout, _) = program(&["config", "check"], &LEAST).await;
    assert!(success && stdout.contains("GITOPS_REPO=/srv/gitops.git") && !stdout.contains("hunter2"), "{stdout}");
    let (success, _, stderr) = program(&["config", "check"], &LEAST[..1]).await;
    assert!(!success && stderr.contains("GITOPS_REPO must be set"), "{stderr}");
}
