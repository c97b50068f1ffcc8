//! `cargo xtask layers`: proves the direction of dependencies and the size of files.

mod dependencies;
mod source;

use std::path::PathBuf;

use crate::{process, workspace};

/// Why the layers could not be proven.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// cargo or a file failed.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// What cargo says of the workspace is not understood.
    #[error("cargo metadata gave something else than expected")]
    Metadata(#[from] serde_json::Error),
    /// Rules are broken.
    #[error("{} rules of the layers are broken:\n{}", .0.len(), .0.join("\n"))]
    Broken(Vec<String>),
}

/// Checks everything and names every breach.
pub(crate) fn run() -> Result<(), Error> {
    let root = workspace::root();
    let metadata = dependencies::metadata(&root)?;
    let mut breaches = dependencies::breaches(&metadata);
    let mut files = 0;
    for path in workspace::files(&root).map_err(process::Error::file(&root))? {
        let text = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs" | "go") => std::fs::read_to_string(&path).map_err(process::Error::file(&path))?,
            _ => continue,
        };
        let path: PathBuf = path.strip_prefix(&root).unwrap_or(&path).to_owned();
        breaches.extend(source::breaches(&path, &text));
        files += 1;
    }
    if breaches.is_empty() {
        println!("layers: {} crates and {files} files keep the rules", metadata.members().len());
        Ok(())
    } else {
        Err(Error::Broken(breaches))
    }
}
