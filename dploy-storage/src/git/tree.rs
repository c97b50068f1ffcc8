//! Trees: folders that are kept, and the tree of a branch with one folder replaced.

use std::collections::BTreeMap;

use dploy_core::releases::{
    file::FilePath,
    plan::kustomization::{NAMES, Registrar, Registration, is_applied, strike},
    ports::{Change, Folder, GitOpsError},
};
use git2::{ErrorClass, ObjectType, Odb, Oid, Repository};

use super::{
    listing::{self, Entry, FOLDER},
    pack::{Kind, Pack},
};

const FILE: i32 = 0o100_644;
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

/// Who names applications, for each folder of them.
pub(super) type Registrars = BTreeMap<String, Registrar>;

/// The trees of commits that follow one another.
pub(super) struct Trees<'r> {
    repository: &'r Repository,
    registrars: Registrars,
    /// Where the large ones go, the folders of applications and their lists; `None` writes each object by itself.
    pack: Option<Pack>,
    /// What each folder was made last, and its list, which only the pack has.
    recent: BTreeMap<(String, Kind), (Oid, Vec<u8>)>,
}

impl<'r> Trees<'r> {
    /// Trees of so many commits.
    pub(super) fn new(repository: &'r Repository, commits: usize, registrars: Registrars) -> Self {
        let pack = (commits > 1).then(Pack::new);
        Self { repository, registrars, pack, recent: BTreeMap::new() }
    }

    /// The tree with the change in it; `None` where it is in it already.
    pub(super) fn changed(&mut self, root: Option<Oid>, change: &Change) -> Result<Option<Oid>, Problem> {
        let folder = change.folder.as_ref().map(|folder| self.stored(folder)).transpose()?;
        let segments: Vec<&str> = change.parent.split('/').filter(|segment| !segment.is_empty()).collect();
        let read = |id: Oid| -> Result<(Oid, Vec<u8>), Problem> { Ok((id, self.tree(id)?)) };
        let mut trees = vec![root.map(read).transpose()?];
        for (depth, segment) in segments.iter().enumerate() {
            let inside = match trees.last() {
                Some(Some((_, tree))) => subfolder(tree, segment, || segments.iter().take(depth + 1))?,
                _ => None,
            };
            trees.push(inside.map(read).transpose()?);
        }
        let parent = trees.pop().flatten();
        let parent = parent.as_ref().map(|(id, tree)| (*id, &tree[..]));
        let parent = match folder {
            Some(folder) => self.with_app(parent, change, folder)?,
            None if root.is_none() => Some(Parent { new: Vec::new(), old: None }),
            None => self.without_app(parent, change)?,
        };
        let Some(parent) = parent else { return Ok(None) };
        // A folder that holds nothing is none.
        let mut tree = match (parent.new.is_empty(), segments.is_empty()) {
            (true, _) => None,
            (false, true) => Some(self.odb()?.write(ObjectType::Tree, &parent.new)?),
            (false, false) => Some(self.write_large(&change.parent, Kind::Tree, &parent.new, parent.old)?),
        };
        for (segment, outer) in segments.iter().rev().zip(trees.iter().rev()) {
            let outer = outer.as_ref().map(|(_, tree)| &tree[..]).unwrap_or_default();
            let new = match tree {
                Some(tree) => listing::with(outer, segment, FOLDER, tree),
                None => listing::without(outer, segment),
            };
            tree = if new.is_empty() { None } else { Some(self.odb()?.write(ObjectType::Tree, &new)?) };
        }
        Ok(Some(tree.map_or_else(|| self.odb()?.write(ObjectType::Tree, &[]), Ok)?))
    }

    /// The tree of a folder that was kept.
    fn stored(&self, folder: &Folder) -> Result<Oid, Problem> {
        let tree = Oid::from_str(&folder.0).and_then(|id| self.repository.find_tree(id));
        Ok(tree.map_err(|error| Problem::Error(GitOpsError::Clone(error.into())))?.id())
    }

    /// Makes sure that everything is as it was to be, and in the clone; the registrars know the lists from then on.
    pub(super) fn finish(mut self) -> Result<Registrars, Problem> {
        for (parent, registrar) in &mut self.registrars {
            registrar.check().map_err(|error| refused(format!("{parent}: {error}")))?;
        }
        if let Some(pack) = self.pack {
            let written = pack.write(&self.repository.path().join("objects/pack"));
            written.map_err(|error| Problem::Error(GitOpsError::Clone(error.into())))?;
            self.repository.odb()?.refresh()?;
        }
        Ok(self.registrars)
    }

    fn odb(&self) -> Result<Odb<'r>, git2::Error> {
        self.repository.odb()
    }

    fn read(&self, id: Oid) -> Result<Vec<u8>, git2::Error> {
        match self.known(id) {
            Some(bytes) => Ok(bytes.clone()),
            None => Ok(self.odb()?.read(id)?.data().to_vec()),
        }
    }

    fn known(&self, id: Oid) -> Option<&Vec<u8>> {
        self.recent.values().find(|(known, _)| *known == id).map(|(_, bytes)| bytes)
    }

    fn tree(&self, id: Oid) -> Result<Vec<u8>, Problem> {
        let ours = self.known(id).is_some();
        let tree = self.read(id)?;
        match ours || listing::is_whole(&tree) {
            true => Ok(tree),
            false => Err(Problem::Corrupt(git2::Error::from_str(&format!("bad tree object {id}")))),
        }
    }

    /// Writes a folder of applications, or its list: what it was before with a little more.
    fn write_large(
        &mut self,
        folder: &str,
        kind: Kind,
        new: &[u8],
        old: Option<(Oid, &[u8])>,
    ) -> Result<Oid, git2::Error> {
        let Some(pack) = &mut self.pack else {
            return self.odb()?.write(if kind == Kind::Tree { ObjectType::Tree } else { ObjectType::Blob }, new);
        };
        let id = pack.add(kind, new, old)?;
        self.recent.insert((folder.to_owned(), kind), (id, new.to_vec()));
        Ok(id)
    }

    /// The folder of applications with that one in it, and named in its list when it is new there.
    fn with_app<'t>(
        &mut self,
        parent: Option<(Oid, &'t [u8])>,
        change: &Change,
        folder: Oid,
    ) -> Result<Option<Parent<'t>>, Problem> {
        let app = change.app.as_str();
        let tree = parent.map(|(_, tree)| tree).unwrap_or_default();
        let with = listing::with(tree, app, FOLDER, folder);
        match listing::find(tree, app) {
            Some(entry) if entry.is_folder() && entry.id == folder => return Ok(None),
            Some(entry) if entry.is_folder() => return Ok(Some(Parent { new: with, old: parent })),
            Some(_) => return Err(in_the_way(&format!("{}/{app}", change.parent))),
            None => {}
        }
        let (list, text) = self.list(tree, &change.parent)?;
        let others = || listing::entries(tree).any(|entry| is_other(&entry));
        let registrar = self.registrars.entry(change.parent.clone()).or_default();
        let registration = registrar.register(text.as_deref(), text.is_some() || others(), &change.app);
        let registration = registration.map_err(|error| refused(format!("{}: {error}", change.parent)))?;
        let Registration::Write(new) = registration else { return Ok(Some(Parent { new: with, old: parent })) };
        let new = self.with_list(&with, &change.parent, list.zip(text.as_deref()), &new)?;
        Ok(Some(Parent { new, old: parent }))
    }

    /// The folder of applications without that one, which its list does not name any more.
    fn without_app<'t>(
        &mut self,
        parent: Option<(Oid, &'t [u8])>,
        change: &Change,
    ) -> Result<Option<Parent<'t>>, Problem> {
        let app = change.app.as_str();
        let tree = parent.map(|(_, tree)| tree).unwrap_or_default();
        let found = listing::find(tree, app);
        if found.is_some_and(|entry| !entry.is_folder()) {
            return Err(in_the_way(&format!("{}/{app}", change.parent)));
        }
        let (list, text) = self.list(tree, &change.parent)?;
        let struck = strike(text.as_deref(), &change.app);
        let new = match struck.map_err(|error| refused(format!("{}: {error}", change.parent)))? {
            Registration::Unchanged if found.is_none() => return Ok(None),
            Registration::Unchanged => listing::without(tree, app),
            Registration::Write(new) => {
                let rest = listing::without(tree, app);
                self.with_list(&rest, &change.parent, list.zip(text.as_deref()), &new)?
            }
        };
        Ok(Some(Parent { new, old: parent }))
    }

    /// The list of applications in their folder, and its text.
    fn list<'t>(&self, tree: &'t [u8], parent: &str) -> Result<(Option<Entry<'t>>, Option<String>), Problem> {
        let list = NAMES.iter().find_map(|name| listing::find(tree, name));
        let text = list.as_ref().map(|entry| self.list_text(entry, parent)).transpose()?;
        Ok((list, text))
    }

    /// The folder of applications with a new text of its list.
    fn with_list(
        &mut self,
        tree: &[u8],
        parent: &str,
        list: Option<(Entry<'_>, &str)>,
        text: &str,
    ) -> Result<Vec<u8>, Problem> {
        let old = list.map(|(entry, text)| (entry.id, text.as_bytes()));
        let blob = self.write_large(parent, Kind::Blob, text.as_bytes(), old)?;
        let [first, ..] = NAMES;
        let name = list.and_then(|(entry, _)| std::str::from_utf8(entry.name).ok()).unwrap_or(first);
        Ok(listing::with(tree, name, list.map_or(FILE, |(entry, _)| entry.mode), blob))
    }

    /// The text of the list of applications.
    fn list_text(&self, entry: &Entry<'_>, parent: &str) -> Result<String, Problem> {
        let name = String::from_utf8_lossy(entry.name).into_owned();
        let unusable = |problem: &str| refused(format!("the list of applications {parent}/{name} {problem}"));
        if !entry.is_file() {
            return Err(unusable("is not a file"));
        }
        let size = match self.known(entry.id) {
            Some(bytes) => bytes.len(),
            None => self.odb()?.read_header(entry.id)?.0,
        };
        if size > LIST_MAX {
            return Err(unusable("is larger than 5 MiB"));
        }
        String::from_utf8(self.read(entry.id)?).map_err(|_| unusable("is not UTF-8"))
    }
}

/// A folder of applications, and what it was before.
struct Parent<'t> {
    new: Vec<u8>,
    old: Option<(Oid, &'t [u8])>,
}

/// The folder of that name, if there is anything of that name.
fn subfolder<'s, P: Iterator<Item = &'s &'s str>>(
    tree: &[u8],
    name: &str,
    path: impl FnOnce() -> P,
) -> Result<Option<Oid>, Problem> {
    match listing::find(tree, name) {
        None => Ok(None),
        Some(entry) if entry.is_folder() => Ok(Some(entry.id)),
        Some(_) => Err(in_the_way(&path().copied().collect::<Vec<_>>().join("/"))),
    }
}

fn in_the_way(path: &str) -> Problem {
    refused(format!("{path} is a file where a folder is needed"))
}

fn is_other(entry: &Entry<'_>) -> bool {
    is_applied(&String::from_utf8_lossy(entry.name), entry.mode & 0o170_000 != 0o100_000 && entry.mode != 0o120_000)
}
