//! Folders by their handles, one name at a time, so that no symbolic link is followed on the way.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{self, AtFlags, Mode, OFlags},
    io::Errno,
};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The folder `name` in `root`, which the operator chose and may be a link itself.
pub(super) fn open(root: &Path, name: &str) -> io::Result<OwnedFd> {
    let root = fs::open(root, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty())?;
    Ok(fs::openat(root, name, FOLDER, Mode::empty())?)
}

/// Every folder on the way down `names`, beginning with `top`.
pub(super) fn descend(top: OwnedFd, names: &[String]) -> io::Result<Vec<OwnedFd>> {
    let mut way = vec![top];
    for name in names {
        let folder = way.last().map(|parent| fs::openat(parent, name.as_str(), FOLDER, Mode::empty()));
        way.extend(folder.transpose()?);
    }
    Ok(way)
}

/// The last folder down `names`; those that are not there are made, and kept through a crash.
pub(super) fn ensure(top: OwnedFd, names: &[String]) -> io::Result<OwnedFd> {
    names.iter().try_fold(top, |parent, name| {
        match fs::mkdirat(&parent, name.as_str(), Mode::RWXU) {
            Ok(()) => fs::fsync(&parent)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(fs::openat(&parent, name.as_str(), FOLDER, Mode::empty())?)
    })
}

/// The file `name` for reading; never waits, as a pipe in its place would have it.
pub(super) fn file(folder: impl AsFd, name: &str) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(fs::openat(folder, name, flags, Mode::empty())?))
}

/// Moves the file at `path` to `name` in the folder, in the place of what was there, and keeps that through a crash.
pub(super) fn adopt(folder: impl AsFd, name: &str, path: &Path) -> io::Result<()> {
    fs::renameat(fs::CWD, path, &folder, name)?;
    Ok(fs::fsync(folder)?)
}

/// Removes the file `file` at the end of the way, and folders on it that are left empty.
pub(super) fn remove(way: &[OwnedFd], names: &[String], file: &str) -> io::Result<()> {
    let Some(folder) = way.last() else { return Ok(()) };
    match fs::unlinkat(folder, file, AtFlags::empty()) {
        Ok(()) => fs::fsync(folder)?,
        // A folder is no artifact.
        Err(Errno::NOENT | Errno::ISDIR) => {}
        Err(error) => return Err(error.into()),
    }
    for (parent, name) in way.iter().zip(names).rev() {
        if fs::unlinkat(parent, name.as_str(), AtFlags::REMOVEDIR).is_err() {
            break;
        }
    }
    Ok(())
}

/// Whether the error says that there is nothing by that name.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
