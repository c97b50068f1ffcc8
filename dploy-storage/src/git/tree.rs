//! Trees: folders that are kept, and the tree of a branch with one folder replaced.

use std::collections::BTreeMap;

use dploy_core::releases::{
    file::FilePath,
    plan::kustomization::{NAMES, Registration, is_applied, register},
    ports::{Change, GitOpsError},
};
use git2::{ErrorClass, ObjectType, Oid, Repository, Tree, TreeEntry};

const FILE: i32 = 0o100_644;
const FOLDER: i32 = 0o040_000;
/// The largest list of applications that is edited, in bytes.
const LIST_MAX: usize = 5 << 20;

/// Why a tree could not be built.
#[derive(Debug)]
pub(super) enum Problem {
    /// The clone is damaged.
    Corrupt(git2::Error),
    /// What the caller is told.
    Error(GitOpsError),
}

impl From<git2::Error> for Problem {
    fn from(error: git2::Error) -> Self {
        match error.class() {
            ErrorClass::Os | ErrorClass::Filesystem | ErrorClass::NoMemory => {
                Self::Error(GitOpsError::Clone(error.into()))
            }
            _ => Self::Corrupt(error),
        }
    }
}

fn refused(text: String) -> Problem {
    Problem::Error(GitOpsError::Tree(text))
}

/// A folder whose files are written already.
#[derive(Debug, Default)]
pub(super) struct NewFolder {
    files: BTreeMap<String, Oid>,
    folders: BTreeMap<String, NewFolder>,
}

impl NewFolder {
    /// Adds a file; `false` where a file and a folder would have one name.
    #[must_use]
    pub(super) fn add(&mut self, path: &FilePath, blob: Oid) -> bool {
        let mut folder = self;
        let mut segments = path.segments().peekable();
        while let Some(segment) = segments.next() {
            if segments.peek().is_none() {
                return !folder.folders.contains_key(segment)
                    && folder.files.insert(segment.to_owned(), blob).is_none();
            }
            if folder.files.contains_key(segment) {
                return false;
            }
            folder = folder.folders.entry(segment.to_owned()).or_default();
        }
        false
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    /// Writes its trees; [`FilePath`] bounds how deep they nest.
    pub(super) fn write(&self, repository: &Repository) -> Result<Oid, git2::Error> {
        let mut builder = repository.treebuilder(None)?;
        for (name, blob) in &self.files {
            builder.insert(name, *blob, FILE)?;
        }
        for (name, folder) in &self.folders {
            builder.insert(name, folder.write(repository)?, FOLDER)?;
        }
        builder.write()
    }
}

/// The tree with the change in it; `None` where it is in it already.
pub(super) fn changed(
    repository: &Repository,
    root: Option<&Tree<'_>>,
    change: &Change,
) -> Result<Option<Oid>, Problem> {
    let folder = Oid::from_str(&change.folder.0).and_then(|id| repository.find_tree(id));
    let folder = folder.map_err(|error| Problem::Error(GitOpsError::Clone(error.into())))?.id();
    let segments: Vec<&str> = change.parent.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut trees = vec![root.cloned()];
    for (depth, segment) in segments.iter().enumerate() {
        let inside = match trees.last() {
            Some(Some(tree)) => subfolder(repository, tree, segment, || segments.iter().take(depth + 1))?,
            _ => None,
        };
        trees.push(inside);
    }
    let parent = trees.pop().flatten();
    let Some(mut tree) = with_app(repository, parent.as_ref(), change, folder)? else { return Ok(None) };
    for (segment, outer) in segments.iter().rev().zip(trees.iter().rev()) {
        let mut builder = repository.treebuilder(outer.as_ref())?;
        builder.insert(segment, tree, FOLDER)?;
        tree = builder.write()?;
    }
    Ok(Some(tree))
}

/// The folder of that name, if there is anything of that name.
fn subfolder<'r, 's, P: Iterator<Item = &'s &'s str>>(
    repository: &'r Repository,
    tree: &Tree<'_>,
    name: &str,
    path: impl FnOnce() -> P,
) -> Result<Option<Tree<'r>>, Problem> {
    match tree.get_name(name) {
        None => Ok(None),
        Some(entry) if entry.kind() == Some(ObjectType::Tree) => Ok(Some(repository.find_tree(entry.id())?)),
        Some(_) => Err(in_the_way(&path().copied().collect::<Vec<_>>().join("/"))),
    }
}

fn in_the_way(path: &str) -> Problem {
    refused(format!("{path} is a file where a folder is needed"))
}

/// The folder of applications with that one in it, and named in its list when it is new there.
fn with_app(
    repository: &Repository,
    parent: Option<&Tree<'_>>,
    change: &Change,
    folder: Oid,
) -> Result<Option<Oid>, Problem> {
    let app = change.app.as_str();
    let entry = parent.and_then(|tree| tree.get_name(app));
    match entry.map(|entry| (entry.kind(), entry.id())) {
        Some((Some(ObjectType::Tree), id)) if id == folder => return Ok(None),
        Some((Some(ObjectType::Tree), _)) => return Ok(Some(inserted(repository, parent, app, folder, None)?)),
        Some(_) => return Err(in_the_way(&format!("{}/{app}", change.parent))),
        None => {}
    }
    let list = parent.and_then(|tree| NAMES.iter().find_map(|name| tree.get_name(name)));
    let text = list.as_ref().map(|entry| list_text(repository, entry, &change.parent)).transpose()?;
    let others = || parent.is_some_and(|tree| tree.iter().any(|entry| is_other(&entry)));
    let registration = register(text.as_deref(), text.is_some() || others(), &change.app)
        .map_err(|error| refused(format!("{}: {error}", change.parent)))?;
    let Registration::Write(text) = registration else {
        return Ok(Some(inserted(repository, parent, app, folder, None)?));
    };
    let [first, ..] = NAMES;
    let name = list.as_ref().and_then(|entry| entry.name().ok()).unwrap_or(first);
    let mode = list.as_ref().map_or(FILE, TreeEntry::filemode);
    let blob = repository.blob(text.as_bytes())?;
    Ok(Some(inserted(repository, parent, app, folder, Some((name, blob, mode)))?))
}

fn inserted(
    repository: &Repository,
    parent: Option<&Tree<'_>>,
    app: &str,
    folder: Oid,
    list: Option<(&str, Oid, i32)>,
) -> Result<Oid, Problem> {
    let mut builder = repository.treebuilder(parent)?;
    builder.insert(app, folder, FOLDER)?;
    if let Some((name, blob, mode)) = list {
        builder.insert(name, blob, mode)?;
    }
    Ok(builder.write()?)
}

fn is_other(entry: &TreeEntry<'_>) -> bool {
    is_applied(&String::from_utf8_lossy(entry.name_bytes()), entry.kind() != Some(ObjectType::Blob))
}

/// The text of the list of applications.
fn list_text(repository: &Repository, entry: &TreeEntry<'_>, parent: &str) -> Result<String, Problem> {
    let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
    let unusable = |problem: &str| refused(format!("the list of applications {parent}/{name} {problem}"));
    if entry.kind() != Some(ObjectType::Blob) || entry.filemode() & 0o170_000 != 0o100_000 {
        return Err(unusable("is not a file"));
    }
    let (size, _) = repository.odb()?.read_header(entry.id())?;
    if size > LIST_MAX {
        return Err(unusable("is larger than 5 MiB"));
    }
    let blob = repository.find_blob(entry.id())?;
    String::from_utf8(blob.content().to_vec()).map_err(|_| unusable("is not UTF-8"))
}
