//! Hooks by which a repository misbehaves; git runs them for every transport alike.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::Duration,
};

use super::repository::hooks_folder;
use crate::Error;

/// The hooks that may be installed.
const NAMES: [&str; 2] = ["pre-receive", "reference-transaction"];

/// Writes a hook so that git never runs half of it.
pub(super) fn install(repository: &Path, name: &str, script: &str) -> Result<(), Error> {
    let folder = hooks_folder(repository);
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    // A count left by an earlier hook is not this one's.
    drop(fs::remove_file(folder.join(format!("{name}.left"))));
    let (fresh, path) = (folder.join(format!(".{name}")), folder.join(name));
    fs::write(&fresh, script).map_err(Error::file(&fresh))?;
    fs::set_permissions(&fresh, Permissions::from_mode(0o755)).map_err(Error::file(&fresh))?;
    fs::rename(&fresh, &path).map_err(Error::file(&path))
}

/// Removes what [`install`] has written.
pub(super) fn remove(repository: &Path) -> Result<(), Error> {
    for name in NAMES {
        let path = hooks_folder(repository).join(name);
        if path.exists() {
            fs::remove_file(&path).map_err(Error::file(&path))?;
        }
    }
    Ok(())
}

pub(super) fn refuse(message: &str) -> String {
    format!("#!/bin/sh\necho {} >&2\nexit 1\n", quoted(message))
}

pub(super) fn refuse_next(count: u32, message: &str) -> String {
    format!("{}echo {} >&2\nexit 1\n", counted(count), quoted(message))
}

pub(super) fn refuse_touching(path: &str, message: &str) -> String {
    let (path, message) = (quoted(path), quoted(message));
    format!(
        "#!/bin/sh\n\
         while read -r old new name; do\n  \
           case $old in *[!0]*) range=$old..$new ;; *) range=$new ;; esac\n  \
           if [ -n \"$(git rev-list \"$range\" -- {path})\" ]; then echo {message} >&2; exit 1; fi\n\
         done\n"
    )
}

pub(super) fn delay(duration: Duration) -> String {
    format!("#!/bin/sh\ncat >/dev/null\nexec sleep {}\n", duration.as_secs_f64())
}

/// Runs when references have been changed, before the client is told; its parent is the receiving git.
pub(super) fn lose_next(count: u32) -> String {
    format!("#!/bin/sh\n[ \"$1\" = committed ] || exit 0\n{}kill -9 \"$PPID\"\n", counted(count))
}

/// Goes on for the first `count` runs and ends well in all others.
fn counted(count: u32) -> String {
    format!(
        "#!/bin/sh\n\
         left=$(cat \"$0.left\" 2>/dev/null || echo {count})\n\
         [ \"$left\" -gt 0 ] || exit 0\n\
         echo $((left - 1)) >\"$0.left\"\n"
    )
}

/// A word of the shell that stands for a text, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_can_end_its_quotes() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
