//! One process at a time in a folder.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

use crate::{error::Error, private_file};

/// The right to use a folder; the system takes it back however the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// Another process has it; or the folder cannot be made or written.
    pub(super) fn take(folder: &Path) -> Result<Self, Error> {
        let failed = |action: &'static str, path: &Path, source: io::Error| Error::File {
            action,
            path: path.to_owned(),
            source,
        };
        private_file::folder(folder).map_err(|source| failed("make the folder", folder, source))?;
        let path = folder.join("lock");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|source| failed("write", &path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(failed("lock", &path, source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("new");
        let first = Lock::take(&folder).unwrap();
        assert!(matches!(Lock::take(&folder), Err(Error::InUse(path)) if path == folder));
        drop(first);
        Lock::take(&folder).unwrap();
    }
}
