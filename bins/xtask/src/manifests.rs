//! Generated YAML files of a folder.

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
    /// An object could not be written as YAML.
    #[error("cannot write {name} as YAML")]
    Yaml {
        /// Name of the file.
        name: String,
        /// What the writer said.
        #[source]
        source: yaml_serde::Error,
    },
    /// Files differ from what the code generates.
    #[error("{} differs from the code: run cargo xtask {task}", .paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    Stale {
        /// The files.
        paths: Vec<PathBuf>,
        /// What writes them.
        task: &'static str,
    },
}

/// A file's name and text.
pub(crate) type Manifest = (String, String);

/// Makes the YAML files in `folder` be `wanted`; with `check` compares instead. Files that are not wanted are removed, or
/// reported as stale. `task` is what the user runs to write them.
///
/// # Errors
/// [`Error::Stale`] names every file that differs; the others say which file failed.
pub(crate) fn sync(folder: &Path, wanted: Vec<Manifest>, check: bool, task: &'static str) -> Result<(), Error> {
    let wanted: Vec<_> = wanted.into_iter().map(|(name, text)| (folder.join(name), text)).collect();
    let mut stale = Vec::new();
    for path in present(folder)? {
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
    if stale.is_empty() { Ok(()) } else { Err(Error::Stale { paths: stale, task }) }
}

/// An object as YAML; `name` is the file that it is for.
///
/// # Errors
/// [`Error::Yaml`].
pub(crate) fn yaml<T: serde::Serialize>(name: &str, object: &T) -> Result<String, Error> {
    yaml_serde::to_string(object).map_err(|source| Error::Yaml { name: name.to_owned(), source })
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
