//! Packs files so that the same files always give the same bytes.

use std::io::{self, Write as _};

use dploy_core::{artifact::ExactBytes, releases::file::ArchiveFile};
use flate2::{Compression, GzBuilder, read::GzDecoder};
use tar::{Archive, Builder, EntryType, Header};

use crate::{
    error::Error,
    output::{Format, text_of},
    releases::{Artifact, record::Metadata},
};

/// The file that tells a version's origin.
pub(crate) const VERSION_FILE: &str = "version.yml";

/// Whether a file of that path tells a version's origin.
pub(crate) fn is_version_file(path: &str) -> bool {
    path == VERSION_FILE || path == "version.yaml"
}

/// A gzip-compressed tar (RFC 1952, POSIX ustar) of the files in the order given; times and owners are fixed.
///
/// # Errors
/// A file cannot be packed.
pub(crate) fn pack(files: &[ArchiveFile]) -> Result<Vec<u8>, Error> {
    write(files).map_err(|source| Error::File { action: "pack", path: "the archive".into(), source })
}

fn write(files: &[ArchiveFile]) -> io::Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = Builder::new(gzip);
    for file in files {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(file.bytes.len() as u64);
        tar.append_data(&mut header, file.path.as_str(), file.bytes.as_slice())?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}

/// The files of an archive that was packed here, with their sizes.
///
/// # Errors
/// It is not such an archive.
pub(crate) fn list(bytes: &[u8]) -> Result<Vec<(String, usize)>, Error> {
    let read = || -> io::Result<Vec<(String, usize)>> {
        let mut files = Vec::new();
        for entry in Archive::new(GzDecoder::new(bytes)).entries()? {
            let entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            files.push((path, usize::try_from(entry.size()).unwrap_or(usize::MAX)));
        }
        Ok(files)
    };
    read().map_err(|source| Error::File { action: "read", path: "the packed archive".into(), source })
}

/// What tells an archive.
pub(crate) fn artifact(bytes: &[u8]) -> Artifact {
    let ExactBytes { size, sha256 } = ExactBytes::of(bytes);
    Artifact { size, sha256 }
}

/// The text of the file that tells a version's origin.
pub(crate) fn version_file(version: &str, metadata: &Metadata) -> String {
    #[derive(serde::Serialize)]
    struct Origin<'a> {
        version: &'a str,
        metadata: &'a Metadata,
    }
    text_of(&Origin { version, metadata }, Format::Yaml).unwrap_or_default()
}
