//! Files that hold secrets: readable by the user alone, and complete or not there at all.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

/// Writes `bytes` to `path`, in the place of what was there; folders that are missing are made for the user alone.
///
/// # Errors
/// It cannot be written; what was there is as before.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    self::folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
    let written = write_new(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // The first failure is what the user must hear of; a left-over file is overwritten by nobody and harmless.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Makes the folder and those above it that are missing, for the user alone.
///
/// # Errors
/// It cannot be made, or is no folder.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
