//! The secret that upload URLs are signed with.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use dploy_core::random::Random;

use super::{FolderError, incoming, layout, tree};

/// How many bytes it has.
const LENGTH: usize = 32;

/// The secret of the folder; made of random bytes where there is none. Of processes that start at once, one makes it.
pub(super) fn load(root: &Path, random: &dyn Random) -> Result<[u8; LENGTH], FolderError> {
    let path = root.join(layout::SECRET);
    if !path.try_exists().map_err(FolderError::unusable(&path))? {
        make(root, &path, random).map_err(FolderError::unusable(&path))?;
    }
    read(root).map_err(FolderError::unusable(&path))?.ok_or(FolderError::Secret { path })
}

fn make(root: &Path, path: &Path, random: &dyn Random) -> io::Result<()> {
    let mut file = incoming::create(root)?;
    file.write_all(&random.bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => std::fs::File::open(root)?.sync_all(),
    }
}

/// The bytes, if they are a secret.
fn read(root: &Path) -> io::Result<Option<[u8; LENGTH]>> {
    let file = tree::file(std::fs::File::open(root)?, layout::SECRET)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.permissions().mode() & 0o077 != 0 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes.try_into().ok())
}
