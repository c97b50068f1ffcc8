//! Where the repository lies.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// The repository's root: two above the manifest cargo runs us for, else the current folder.
pub(crate) fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = manifest.and_then(|folder| Some(folder.parent()?.parent()?.to_owned()));
    root.unwrap_or_else(|| PathBuf::from("."))
}

/// The cargo that runs us, else the one in `PATH`.
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Every file below a folder in the order of their paths; hidden ones and build outputs left out.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.file_name();
        let path = entry.path();
        if name.to_string_lossy().starts_with('.') || name == "target" {
            continue;
        } else if entry.file_type()?.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
