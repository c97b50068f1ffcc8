//! `cargo xtask crds [--check]`: the CustomResourceDefinitions as files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why the files could not be written, or are not what the code says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file could not be read or written.
    #[error("cannot access {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A definition could not be written as YAML.
    #[error("cannot write {name} as YAML")]
    Yaml {
        /// Name of the definition.
        name: String,
        /// What the writer said.
        #[source]
        source: yaml_serde::Error,
    },
    /// Files differ from what the code generates.
    #[error("{} differs from the code: run cargo xtask crds", .0.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    Stale(Vec<PathBuf>),
}

/// Writes one file per kind into `dploy-k8s/crds` of the workspace at `root`; with `check` compares instead.
///
/// A file that no kind generates is removed, or reported as stale.
///
/// # Errors
/// [`Error::Stale`] names every file that differs; the others say which file or definition failed.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Error> {
    let folder = root.join("dploy-k8s").join("crds");
    let wanted = manifests(&folder)?;
    let mut stale = Vec::new();
    for path in present(&folder)? {
        if !wanted.iter().any(|(wanted, _)| *wanted == path) {
            stale.push(path);
        }
    }
    if !check {
        for path in &stale {
            fs::remove_file(path).map_err(|source| Error::File { path: path.clone(), source })?;
        }
        stale.clear();
    }
    for (path, text) in wanted {
        if fs::read_to_string(&path).is_ok_and(|current| current == text) {
            continue;
        }
        if check {
            stale.push(path);
        } else {
            fs::write(&path, text).map_err(|source| Error::File { path, source })?;
        }
    }
    if stale.is_empty() { Ok(()) } else { Err(Error::Stale(stale)) }
}

/// The files there should be, with their text.
fn manifests(folder: &Path) -> Result<Vec<(PathBuf, String)>, Error> {
    dploy_k8s::crds()
        .iter()
        .map(|crd| {
            let name = format!("{}_{}", crd.spec.group, crd.spec.names.plural);
            let text = yaml_serde::to_string(crd).map_err(|source| Error::Yaml { name: name.clone(), source })?;
            Ok((folder.join(format!("{name}.yaml")), text))
        })
        .collect()
}

/// The YAML files there are.
fn present(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
