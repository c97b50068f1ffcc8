//! `cargo xtask rbac [--check]`: the rights of the programs as files.

use std::path::Path;

use dploy_k8s::{
    cluster::{Grant, Rule},
    environments::access,
};
use serde_json::json;

use crate::manifests::{self, Error, Manifest};

/// The namespace that the platform lives in unless an installation changes it.
const HOME: &str = "dploy-system";

/// Writes one file per program into `deploy/rbac` of the workspace at `root`; with `check` compares instead.
///
/// # Errors
/// Files that differ; a file that cannot be read or written.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Error> {
    let wanted = vec![manifest("dploy-operator", &access::operator())?, manifest("dploy-api", &access::api())?];
    manifests::sync(&root.join("deploy").join("rbac"), wanted, check, "rbac")
}

/// A ServiceAccount with exactly these rights.
fn manifest(program: &str, rules: &[Rule]) -> Result<Manifest, Error> {
    let name = format!("{program}.yaml");
    let subject = serde_json::from_value(json!({ "kind": "ServiceAccount", "name": program, "namespace": HOME }));
    let grant = Grant::new(program, HOME, rules, &subject.unwrap_or_default());
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": { "name": program, "namespace": HOME },
    });
    let documents = [
        manifests::yaml(&name, &account)?,
        manifests::yaml(&name, &grant.cluster_role)?,
        manifests::yaml(&name, &grant.cluster_role_binding)?,
        manifests::yaml(&name, &grant.role)?,
        manifests::yaml(&name, &grant.role_binding)?,
    ];
    let note = "# Written by cargo xtask rbac from the tables beside the calls.\n";
    Ok((name, format!("{note}{}", documents.join("---\n"))))
}
