//! What the real kustomize makes of a gitops repository.

use std::{path::Path, process::Command};

use dploy_k8s::testing;

use crate::session::git;

/// Asserts that kustomize builds that folder of the branch `main`, and which objects come of it, as `KIND NAME`; says
/// that it is skipped where there is no kustomize.
pub(crate) fn builds(gitops: &Path, folder: &str, expected: &[&str]) {
    let Some(program) = testing::locate("kustomize") else {
        return testing::skip_or_fail("kustomize not found: run `cargo xtask testbed build`").unwrap();
    };
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["clone", "-q", "--branch", "main", gitops.to_str().unwrap(), "."]);
    let output = Command::new(program).arg("build").arg(clone.path().join(folder)).output().unwrap();
    assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut found: Vec<String> = text
        .split("---\n")
        .filter(|document| !document.trim().is_empty())
        .map(|document| {
            let object: serde_json::Value = yaml_serde::from_str(document).unwrap();
            let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            format!("{} {}", word(&object["kind"]), word(&object["metadata"]["name"]))
        })
        .collect();
    found.sort();
    assert_eq!(found, expected, "{folder}");
}
