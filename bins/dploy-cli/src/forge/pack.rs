//! From paths to a checked archive.

use std::path::PathBuf;

use dploy_core::releases::file::{ArchiveFile, FilePath};

use super::{archive, check, files};
use crate::{
    error::Error,
    releases::{Artifact, record::Metadata},
};

/// A packed archive.
#[derive(Debug)]
pub(crate) struct Packed {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Its size and digest.
    pub(crate) artifact: Artifact,
    /// The files in it with their sizes, sorted.
    pub(crate) files: Vec<(String, usize)>,
}

/// Packs what is at `paths`; with a file that tells the origin where one is known, unless the files have one.
///
/// # Errors
/// All that is wrong with the files at once; or one cannot be read.
pub(crate) fn pack(paths: &[PathBuf], origin: Option<(&str, &Metadata)>, validate: bool) -> Result<Packed, Error> {
    let mut files = files::collect(paths)?;
    let supplied = files.iter().any(|file| archive::is_version_file(file.path.as_str()));
    if let (Some((version, metadata)), false) = (origin, supplied) {
        let bytes = archive::version_file(version, metadata).into_bytes();
        // The name is a constant that is a valid path.
        if let Ok(path) = FilePath::parse(archive::VERSION_FILE) {
            files.push(ArchiveFile { path, bytes });
        }
        files.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
    }
    if validate {
        check::files(&files, origin)?;
    }
    let bytes = archive::pack(&files)?;
    let files = files.iter().map(|file| (file.path.to_string(), file.bytes.len())).collect();
    Ok(Packed { artifact: archive::artifact(&bytes), bytes, files })
}
