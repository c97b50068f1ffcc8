//! Trees: folders that are kept, and the tree of a branch with one folder replaced.

use std::{collections::BTreeMap, io, rc::Rc};

use dploy_core::releases::{
    file::FilePath,
    plan::kustomization::{NAMES, Registrar, Registration, is_applied, strike},
    ports::{Change, Folder, GitOpsError},
};
use git2::{ErrorClass, Oid, Repository};

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

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Error(GitOpsError::Clone(Box::new(error)))
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

    /// Adds its trees to the pack; [`FilePath`] bounds how deep they nest.
    pub(super) fn write(&self, pack: &mut Pack) -> io::Result<Oid> {
        let files = self.files.iter().map(|(name, blob)| Ok((name.as_str(), FILE, *blob)));
        let folders = self.folders.iter().map(|(name, folder)| Ok((name.as_str(), FOLDER, folder.write(pack)?)));
        let entries: Vec<_> = files.chain(folders).collect::<io::Result<_>>()?;
        pack.add(Kind::Tree, &listing::of(entries), None)
    }
}

/// Who names applications, for each folder of them.
pub(super) type Registrars = BTreeMap<String, Registrar>;

/// The id of an object, and its bytes.
type Object = (Oid, Rc<[u8]>);

/// The trees of commits that follow one another.
pub(super) struct Trees<'r> {
    repository: &'r Repository,
    /// Where all objects go; the repository has it later.
    pack: &'r mut Pack,
    registrars: &'r mut Registrars,
    /// What each folder was made last, and the list of applications in it.
    recent: BTreeMap<(String, Kind), Object>,
}

impl<'r> Trees<'r> {
    pub(super) fn new(repository: &'r Repository, pack: &'r mut Pack, registrars: &'r mut Registrars) -> Self {
        Self { repository, pack, registrars, recent: BTreeMap::new() }
    }

    /// A commit, which is in the pack from then on.
    pub(super) fn commit(&mut self, text: &str) -> Result<Oid, Problem> {
        Ok(self.pack.add(Kind::Commit, text.as_bytes(), None)?)
    }

    /// The tree with the change in it; `None` where it is in it already.
    pub(super) fn changed(&mut self, root: Option<Oid>, change: &Change) -> Result<Option<Oid>, Problem> {
        let folder = change.folder.as_ref().map(|folder| self.stored(folder)).transpose()?;
        let segments: Vec<&str> = change.parent.split('/').filter(|segment| !segment.is_empty()).collect();
        let path = |depth: usize| segments.get(..depth).unwrap_or_default().join("/");
        let read = |id: Oid| -> Result<Object, Problem> { Ok((id, self.tree(id)?)) };
        let mut trees = vec![root.map(read).transpose()?];
        for (depth, segment) in segments.iter().enumerate() {
            let inside = match trees.last() {
                Some(Some((_, tree))) => subfolder(tree, segment, || path(depth + 1))?,
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
        let mut tree = self.write_folder(path(segments.len()), parent.new, parent.old)?;
        for (depth, (segment, outer)) in segments.iter().zip(&trees).enumerate().rev() {
            let outer = outer.as_ref().map(|(id, tree)| (*id, &tree[..]));
            let old = outer.map(|(_, tree)| tree).unwrap_or_default();
            let new = match tree {
                Some(tree) => listing::with(old, segment, FOLDER, tree),
                None => listing::without(old, segment),
            };
            tree = self.write_folder(path(depth), new, outer)?;
        }
        match tree {
            Some(tree) => Ok(Some(tree)),
            None => self.write(String::new(), Kind::Tree, Rc::from([]), None).map(Some),
        }
    }

    /// The tree of a folder that was kept.
    fn stored(&self, folder: &Folder) -> Result<Oid, Problem> {
        let lost = |error: git2::Error| Problem::Error(GitOpsError::Clone(error.into()));
        let id = Oid::from_str(&folder.0).map_err(lost)?;
        match self.pack.has(id) {
            true => Ok(id),
            false => Ok(self.repository.find_tree(id).map_err(lost)?.id()),
        }
    }

    /// Makes sure that everything is as it was to be; the registrars know the lists from then on.
    pub(super) fn finish(self) -> Result<(), Problem> {
        for (parent, registrar) in self.registrars {
            registrar.check().map_err(|error| refused(format!("{parent}: {error}")))?;
        }
        Ok(())
    }

    fn read(&self, id: Oid) -> Result<Rc<[u8]>, git2::Error> {
        match self.known(id) {
            Some(bytes) => Ok(Rc::clone(bytes)),
            None => Ok(self.repository.odb()?.read(id)?.data().into()),
        }
    }

    fn known(&self, id: Oid) -> Option<&Rc<[u8]>> {
        self.recent.values().find(|(known, _)| *known == id).map(|(_, bytes)| bytes)
    }

    fn tree(&self, id: Oid) -> Result<Rc<[u8]>, Problem> {
        let ours = self.known(id).is_some();
        let tree = self.read(id)?;
        match ours || listing::is_whole(&tree) {
            true => Ok(tree),
            false => Err(Problem::Corrupt(git2::Error::from_str(&format!("bad tree object {id}")))),
        }
    }

    /// Writes a folder: what it was before with a little more. One that holds nothing is none.
    fn write_folder(&mut self, path: String, new: Vec<u8>, old: Option<(Oid, &[u8])>) -> Result<Option<Oid>, Problem> {
        match new.is_empty() {
            true => Ok(None),
            false => self.write(path, Kind::Tree, new.into(), old).map(Some),
        }
    }

    fn write(&mut self, folder: String, kind: Kind, new: Rc<[u8]>, old: Option<(Oid, &[u8])>) -> Result<Oid, Problem> {
        let id = self.pack.add(kind, &new, old)?;
        self.recent.insert((folder, kind), (id, new));
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
        let blob = self.write(parent.to_owned(), Kind::Blob, text.as_bytes().into(), old)?;
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
            None => self.repository.odb()?.read_header(entry.id)?.0,
        };
        if size > LIST_MAX {
            return Err(unusable("is larger than 5 MiB"));
        }
        let text = std::str::from_utf8(&self.read(entry.id)?).map(str::to_owned);
        text.map_err(|_| unusable("is not UTF-8"))
    }
}

/// A folder of applications, and what it was before.
struct Parent<'t> {
    new: Vec<u8>,
    old: Option<(Oid, &'t [u8])>,
}

/// The folder of that name, if there is anything of that name.
fn subfolder(tree: &[u8], name: &str, path: impl FnOnce() -> String) -> Result<Option<Oid>, Problem> {
    match listing::find(tree, name) {
        None => Ok(None),
        Some(entry) if entry.is_folder() => Ok(Some(entry.id)),
        Some(_) => Err(in_the_way(&path())),
    }
}

fn in_the_way(path: &str) -> Problem {
    refused(format!("{path} is a file where a folder is needed"))
}

fn is_other(entry: &Entry<'_>) -> bool {
    is_applied(&String::from_utf8_lossy(entry.name), entry.mode & 0o170_000 != 0o100_000 && entry.mode != 0o120_000)
}
