//! The files that are uploaded.
//!
//! Of a folder: every `.yaml` and `.yml` below it, and what kustomizations in it refer to, under their paths within that
//! folder. Files and folders whose names begin with a dot are left out. A file that is named itself goes to the root,
//! under its own name. Two files of one path are refused, and so are links that leave the folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Component, Path, PathBuf},
};

use dploy_core::releases::file::{ArchiveFile, FilePath};

use crate::error::Error;

use super::kustomization;

/// What was found, by the path that it gets.
#[derive(Default)]
struct Found {
    sources: BTreeMap<String, PathBuf>,
    problems: Vec<String>,
}

/// The files at `paths`, sorted by the path that they get in the archive.
///
/// # Errors
/// All that is wrong with the files at once; or one cannot be read.
pub(crate) fn collect(paths: &[PathBuf]) -> Result<Vec<ArchiveFile>, Error> {
    let mut found = Found::default();
    for path in paths {
        let kind = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if kind.is_dir() {
            found.folder(path)?;
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.add(name, path);
        }
    }
    if found.problems.is_empty() && found.sources.is_empty() {
        let places: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        found.problems.push(format!("{}: no .yaml or .yml file is there", places.join(", ")));
    }
    found.read()
}

impl Found {
    /// Adds what is below `root`.
    fn folder(&mut self, root: &Path) -> Result<(), Error> {
        let base = fs::canonicalize(root).map_err(|source| unreadable(root, source))?;
        let mut kustomizations = BTreeSet::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for (name, kind) in entries(&root.join(&folder))? {
                let path = folder.join(&name);
                let link = kind.is_symlink().then(|| self.link(root, &base, &path)).flatten();
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() || link.is_some() {
                    if kustomization::is_one(&name) {
                        kustomizations.insert(path.clone());
                    }
                    if kustomization::is_one(&name) || name.ends_with(".yaml") || name.ends_with(".yml") {
                        self.add(within(&path), &root.join(&path));
                    }
                }
            }
        }
        kustomizations.iter().try_for_each(|path| self.referred(root, &base, path))
    }

    /// The link at `path`, if it leads to a file of the same folder; else that is a problem.
    fn link(&mut self, root: &Path, base: &Path, path: &Path) -> Option<()> {
        let problem = match fs::canonicalize(root.join(path)) {
            Err(_) => "a link to nothing",
            Ok(target) if !target.starts_with(base) => "a link that leaves the folder",
            Ok(target) if target.is_dir() => "a link to a folder",
            Ok(_) => return Some(()),
        };
        self.problems.push(format!("{}: {problem}; only files are accepted", root.join(path).display()));
        None
    }

    /// Adds the files that the kustomization at `path` refers to, as far as they are in the folder; what is missing is
    /// told by the check of the manifests.
    fn referred(&mut self, root: &Path, base: &Path, path: &Path) -> Result<(), Error> {
        let text = fs::read(root.join(path)).map_err(|source| unreadable(&root.join(path), source))?;
        for reference in kustomization::references(&text) {
            let Some(target) = joined(path.parent().unwrap_or(Path::new("")), &reference) else { continue };
            let place = root.join(&target);
            let Ok(kind) = fs::symlink_metadata(&place) else { continue };
            let inside = fs::canonicalize(&place).is_ok_and(|path| path.starts_with(base) && path.is_file());
            if kind.is_file() && inside || kind.is_symlink() && self.link(root, base, &target).is_some() {
                self.add(within(&target), &place);
            }
        }
        Ok(())
    }

    fn add(&mut self, path: String, source: &Path) {
        match self.sources.get(&path) {
            Some(other) if other != source => {
                let (other, source) = (other.display(), source.display());
                self.problems
                    .push(format!("{path}: both {other} and {source} have this path; keep them in one folder"));
            }
            _ => drop(self.sources.insert(path, source.to_owned())),
        }
    }

    fn read(mut self) -> Result<Vec<ArchiveFile>, Error> {
        let mut files = Vec::new();
        for (path, source) in &self.sources {
            match FilePath::parse(path) {
                Err(problem) => self.problems.push(format!("{}: {problem}", source.display())),
                Ok(path) => {
                    let bytes = fs::read(source).map_err(|cause| unreadable(source, cause))?;
                    files.push(ArchiveFile { path, bytes });
                }
            }
        }
        if self.problems.is_empty() { Ok(files) } else { Err(Error::Files(self.problems)) }
    }
}

/// What is in a folder, but for names that begin with a dot.
fn entries(folder: &Path) -> Result<Vec<(String, fs::FileType)>, Error> {
    let failed = |source| unreadable(folder, source);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            entries.push((name, entry.file_type().map_err(failed)?));
        }
    }
    Ok(entries)
}

/// `reference` seen from `folder`, without `.` and `..`; `None` where it leaves the tree.
fn joined(folder: &Path, reference: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for component in Path::new(reference).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => drop(path.pop().then_some(())?),
            _ => return None,
        }
    }
    Some(path)
}

/// The path with `/` between its segments.
fn within(path: &Path) -> String {
    let segments: Vec<_> = path.iter().map(|segment| segment.to_string_lossy()).collect();
    segments.join("/")
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::File { action: "read", path: path.to_owned(), source }
}
