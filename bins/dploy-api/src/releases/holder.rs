//! Who this process is among those that share a database.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use dploy_core::random::{Random, uuid};

/// The file of the id, in the folder of local clones.
const FILE: &str = "holder";
/// How long an id is, as text.
const ID: usize = 36;
/// What differs from one start of a machine to the next, and from one machine to another.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// The name under which a process holds repositories, and what keeps others from having it at the same time.
///
/// A process that is killed cannot give its repositories back. The next one on the same folder takes them over at once,
/// because it has the same name: it gets it by a lock that the system keeps for as long as the other one lives. On another
/// machine, or after a restart of this one, where a lock on a shared folder may say nothing, the name is another; and so
/// it is in a copy of the folder.
#[derive(Debug)]
pub(super) struct Holder {
    name: String,
    _lock: Option<File>,
}

impl Holder {
    /// The name that the folder keeps; a new one where another process has it or it cannot be kept.
    pub(super) fn of(folder: &Path, random: &dyn Random) -> Self {
        match kept(folder, random) {
            Ok(Some(holder)) => holder,
            Ok(None) => Self { name: uuid(random), _lock: None },
            Err(error) => {
                tracing::warn!(error = %error, folder = %folder.display(), "what was begun before waits for its lease");
                Self { name: uuid(random), _lock: None }
            }
        }
    }

    /// The name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// The kept name, unless another process has it.
fn kept(folder: &Path, random: &dyn Random) -> io::Result<Option<Holder>> {
    let boot = fs::read_to_string(BOOT)?;
    fs::create_dir_all(folder)?;
    let mut file = File::options().create(true).read(true).append(true).open(folder.join(FILE))?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => return Ok(None),
        other => other?,
    }
    let mut id = String::new();
    file.read_to_string(&mut id)?;
    if id.lines().next().is_none_or(|id| id.len() != ID) {
        // Also what a process began to write that was killed then.
        id = uuid(random);
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{id}")?;
        file.sync_all()?;
    }
    let about = file.metadata()?;
    let name = format!("{}@{}/{}/{}", id.trim(), boot.trim(), about.dev(), about.ino());
    Ok(Some(Holder { name, _lock: Some(file) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn a_name_is_one_processs_and_the_next_ones_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let of = |folder: &Path| Holder::of(folder, &SystemRandom);
        let first = of(folder.path());
        let beside = of(folder.path());
        assert_ne!(first.name(), beside.name());
        let name = first.name().to_owned();
        drop((first, beside));
        assert_eq!(of(folder.path()).name(), name);
        fs::write(folder.path().join(FILE), &name[..7]).unwrap();
        assert!(!of(folder.path()).name().starts_with(&name[..7]), "half an id is none");
    }

    #[test]
    fn other_folders_have_other_names() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [one, other] = folders.each_ref().map(|folder| Holder::of(folder.path(), &SystemRandom));
        assert_ne!(one.name(), other.name());
        let copy = folders[1].path().join("copy");
        fs::create_dir(&copy).unwrap();
        fs::copy(folders[0].path().join(FILE), copy.join(FILE)).unwrap();
        assert_ne!(Holder::of(&copy, &SystemRandom).name(), one.name());
        let file = folders[0].path().join("a file");
        fs::write(&file, "").unwrap();
        assert_ne!(
            Holder::of(&file, &SystemRandom).name(),
            Holder::of(&file, &SystemRandom).name(),
            "none is kept there"
        );
    }
}
