//! `cargo xtask openapi [--check]`: the description of the HTTP interface as a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why the file could not be written, or is not what the code says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The description could not be written as JSON.
    #[error("cannot write the description as JSON")]
    Json(#[source] serde_json::Error),
    /// The file could not be written.
    #[error("cannot write {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file differs from what the code generates.
    #[error("{} differs from the code: run cargo xtask openapi", .0.display())]
    Stale(PathBuf),
}

/// Writes `bins/dploy-api/openapi.json` of the workspace at `root`; with `check` compares instead.
///
/// # Errors
/// [`Error::Stale`] where they differ; the others say what failed.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Error> {
    let path = root.join("bins").join("dploy-api").join("openapi.json");
    let wanted = dploy_api::openapi_json().map_err(Error::Json)?;
    if fs::read_to_string(&path).is_ok_and(|current| current == wanted) {
        return Ok(());
    }
    if check {
        return Err(Error::Stale(path));
    }
    fs::write(&path, wanted).map_err(|source| Error::File { path, source })
}
