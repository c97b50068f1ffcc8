//! `cargo xtask crds [--check]`: the CustomResourceDefinitions as files.

use std::path::Path;

use crate::manifests::{self, Error};

/// Writes one file per kind into `dploy-k8s/crds` of the workspace at `root`; with `check` compares instead.
///
/// # Errors
/// Files that differ; a file or definition that cannot be read or written.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Error> {
    let wanted = dploy_k8s::crds().into_iter().map(|crd| {
        let name = format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
        Ok((name.clone(), manifests::yaml(&name, &crd)?))
    });
    manifests::sync(&root.join("dploy-k8s").join("crds"), wanted.collect::<Result<_, _>>()?, check, "crds")
}
