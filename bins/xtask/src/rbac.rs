//! `cargo xtask rbac [--check]`: the rights of the programs as files.

use std::path::Path;

use dploy_core::environments::settings::ArgoCdSettings;
use dploy_k8s::{
    cluster::{Grant, Places, Rule},
    environments::access,
};
use serde_json::json;

use crate::manifests::{self, Error, Manifest};

/// The namespace that the platform lives in unless an installation changes it.
const HOME: &str = "dploy-system";
/// What an installation without operator applies instead, below `deploy/rbac`.
const DIRECT: &str = "argocd-direct";

/// Writes one file per program into `deploy/rbac` of the workspace at `root`, and that of an API without operator into a
/// folder there, so that whoever applies `deploy/rbac` gives nobody rights that nobody uses; with `check` compares
/// instead.
///
/// # Errors
/// Files that differ; a file that cannot be read or written.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Error> {
    let folder = root.join("deploy").join("rbac");
    let wanted = vec![manifest("dploy-operator", &access::operator())?, manifest("dploy-api", &access::api())?];
    manifests::sync(&folder, wanted, check, "rbac")?;
    manifests::sync(&folder.join(DIRECT), vec![manifest("dploy-api-direct", &access::direct())?], check, "rbac")
}

/// A ServiceAccount with exactly these rights.
fn manifest(program: &str, rules: &[Rule]) -> Result<Manifest, Error> {
    let name = format!("{program}.yaml");
    let subject = serde_json::from_value(json!({ "kind": "ServiceAccount", "name": program, "namespace": HOME }));
    let argocd = ArgoCdSettings::default().namespace;
    let grant = Grant::new(program, Places { home: HOME, argocd: &argocd }, rules, &subject.unwrap_or_default());
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": { "name": program, "namespace": HOME },
    });
    let mut documents = vec![
        manifests::yaml(&name, &account)?,
        manifests::yaml(&name, &grant.cluster_role)?,
        manifests::yaml(&name, &grant.cluster_role_binding)?,
    ];
    for (role, binding) in &grant.roles {
        documents.extend([manifests::yaml(&name, role)?, manifests::yaml(&name, binding)?]);
    }
    let note = "# Written by cargo xtask rbac from the tables beside the calls.\n";
    Ok((name, format!("{note}{}", documents.join("---\n"))))
}
