//! The local clone: bare, made anew when it is damaged, never a source of what is pushed.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use dploy_core::{id, releases::ports::GitOpsError};
use git2::{ObjectType, Oid, Repository, RepositoryInitOptions};

use super::{pack::Pack, tree::Problem};

/// How long one waits for another process that works on the same clone.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// Where the clone of one repository lies.
#[derive(Clone, Debug)]
pub(super) struct Place {
    folder: PathBuf,
    name: String,
}

impl Place {
    /// The place of the clone of `url` in the folder of all clones: another address never meets it.
    pub(super) fn new(folder: &Path, url: &str) -> Self {
        Self { folder: folder.to_owned(), name: id::digest(&[url.as_bytes()], 32) }
    }

    /// The clone's folder.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.git", self.name))
    }

    /// Keeps other processes off the clone until the file is dropped.
    pub(super) fn lock(&self) -> Result<File, GitOpsError> {
        let failed = |error: io::Error| GitOpsError::Clone(Box::new(error));
        self.prepare().map_err(failed)?;
        let path = self.folder.join(format!("{}.lock", self.name));
        let file = File::options().create(true).append(true).open(path).map_err(failed)?;
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(GitOpsError::Clone("another process has been using the clone for a minute".into()));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// An empty pack for the clone.
    pub(super) fn pack(&self) -> Pack {
        Pack::new(&self.folder)
    }

    /// Makes the folder of all clones.
    pub(super) fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)
    }

    /// The clone as it is, or an empty one.
    pub(super) fn open(&self) -> Result<Repository, GitOpsError> {
        let path = self.path();
        if path.exists() {
            match Repository::open_bare(&path) {
                Ok(repository) => return Ok(repository),
                Err(error) => {
                    tracing::warn!(git.clone = %path.display(), error = %error, "a damaged clone is made anew")
                }
            }
        }
        self.renew(None, &BTreeSet::new())
    }

    /// A new clone in the place of the old one, with those folders of the old one that still can be read.
    pub(super) fn renew(&self, old: Option<Repository>, folders: &BTreeSet<Oid>) -> Result<Repository, GitOpsError> {
        self.fresh(old, folders).map_err(|problem| match problem {
            Problem::Corrupt(error) => GitOpsError::Clone(error.into()),
            Problem::Error(error) => error,
        })
    }

    fn fresh(&self, old: Option<Repository>, folders: &BTreeSet<Oid>) -> Result<Repository, Problem> {
        let failed = |error: io::Error| Problem::Error(GitOpsError::Clone(Box::new(error)));
        let (path, fresh) = (self.path(), self.folder.join(format!("{}.new", self.name)));
        remove(&fresh).map_err(failed)?;
        let mut options = RepositoryInitOptions::new();
        options.bare(true).external_template(false).no_reinit(true);
        let repository = Repository::init_opts(&fresh, &options)?;
        for folder in folders {
            // Others wait in a pack, or are lost, which whoever needs them is told.
            if let Some(Err(error)) = old.as_ref().map(|old| copy(old, &repository, *folder)) {
                tracing::debug!(git.tree = %folder, error = %error, "a folder is not in the damaged clone");
            }
        }
        drop((old, repository));
        remove(&path).map_err(failed)?;
        fs::rename(&fresh, &path).map_err(failed)?;
        Ok(Repository::open_bare(&path)?)
    }

    /// Removes what a killed process left: locks that nobody holds, and objects that were never finished.
    pub(super) fn tidy(&self) {
        let path = self.path();
        let unfinished =
            |name: &str| name.starts_with("tmp_") || name.starts_with(".tmp-") || name.starts_with("incoming-");
        let result = sweep(&path, &|folder, name| {
            let objects = folder.starts_with(path.join("objects"));
            name.ends_with(".lock") || (objects && (unfinished(name) || name.ends_with(".keep")))
        });
        // There is none before the first use.
        if let Err(error) = result.or_else(|error| if path.exists() { Err(error) } else { Ok(()) }) {
            tracing::warn!(git.clone = %path.display(), error = %error, "a clone could not be tidied");
        }
    }
}

/// Copies a tree and all that is in it.
fn copy(from: &Repository, to: &Repository, tree: Oid) -> Result<(), git2::Error> {
    let found = from.find_tree(tree)?;
    for entry in &found {
        match entry.kind() {
            Some(ObjectType::Tree) => copy(from, to, entry.id())?,
            _ => write(from, to, entry.id())?,
        }
    }
    write(from, to, tree)
}

fn write(from: &Repository, to: &Repository, id: Oid) -> Result<(), git2::Error> {
    let odb = from.odb()?;
    let object = odb.read(id)?;
    to.odb()?.write(object.kind(), object.data()).map(drop)
}

/// Removes a folder, or nothing.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the entries that are `left` over, at any depth.
fn sweep(folder: &Path, left: &dyn Fn(&Path, &str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match (left(folder, &name), entry.file_type()?.is_dir()) {
            (true, true) => remove(&entry.path())?,
            (true, false) => fs::remove_file(entry.path())?,
            (false, true) => sweep(&entry.path(), left)?,
            (false, false) => {}
        }
    }
    Ok(())
}
