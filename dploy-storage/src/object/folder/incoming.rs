//! A file that is being written, before it is an artifact.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dploy_core::{
    artifact::ArtifactKey,
    time::{Clock, Timestamp},
};
use tempfile::{NamedTempFile, TempPath};

use super::{layout, tree};

/// How long a file may be written before it is taken for what a crash left, in seconds.
const ABANDONED: i64 = 3600;
/// How often the folder of a key may be removed, as empty, while a file is moved into it.
const ATTEMPTS: usize = 32;

/// A new file with mode 0600; it is removed when it is dropped.
pub(super) fn create(root: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix("part-").tempfile_in(root.join(layout::INCOMING))
}

/// Makes a file that is written whole the artifact under the key.
pub(super) fn publish(root: &Path, file: NamedTempFile, key: &ArtifactKey) -> io::Result<()> {
    file.as_file().sync_all()?;
    let path = file.into_temp_path();
    let (folders, name) = layout::place(key);
    for _ in 0..ATTEMPTS {
        match adopt(root, &folders, &name, &path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(()) => {
                // The name is free again, and may be another file's next.
                path.keep().map_err(|error| error.error)?;
                return Ok(());
            }
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "the artifact's folder is removed each time it is made"))
}

fn adopt(root: &Path, folders: &[String], name: &str, path: &TempPath) -> io::Result<()> {
    let top = tree::open(root, layout::ARTIFACTS)?;
    tree::adopt(tree::ensure(top, folders)?, name, path)
}

/// Removes what crashed writers left.
pub(super) fn sweep(root: &Path, clock: &dyn Clock) -> io::Result<()> {
    let oldest = clock.now().plus_seconds(-ABANDONED);
    for entry in fs::read_dir(root.join(layout::INCOMING))? {
        let entry = entry?;
        if modified(&entry).is_ok_and(|modified| modified < oldest) {
            remove(entry.path())?;
        }
    }
    Ok(())
}

fn modified(entry: &fs::DirEntry) -> io::Result<Timestamp> {
    let since = entry.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)))
}

fn remove(path: PathBuf) -> io::Result<()> {
    match fs::remove_file(path) {
        // Another process sweeps too.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
