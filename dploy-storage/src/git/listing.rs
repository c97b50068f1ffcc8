//! A tree as its bytes: entries are found and replaced without reading the others into memory one by one.

use std::cmp::Ordering;

use git2::Oid;
use memchr::memchr;

/// The length of an id.
const ID: usize = 20;

/// An entry of a tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry<'a> {
    pub(super) mode: i32,
    pub(super) name: &'a [u8],
    pub(super) id: Oid,
    /// Where it begins and ends.
    at: (usize, usize),
}

pub(super) const FOLDER: i32 = 0o040_000;

impl Entry<'_> {
    pub(super) fn is_folder(&self) -> bool {
        self.mode == FOLDER
    }

    /// Whether it is a file, executable or not: no link, and nothing of another repository.
    pub(super) fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

/// An entry as it stands there. A folder of applications has thousands, of which one is wanted.
struct Raw<'a> {
    /// Octal digits.
    mode: &'a [u8],
    name: &'a [u8],
    id: &'a [u8],
    at: (usize, usize),
}

impl<'a> Raw<'a> {
    fn read(&self) -> Option<Entry<'a>> {
        let mode = i32::from_str_radix(std::str::from_utf8(self.mode).ok()?, 8).ok()?;
        Some(Entry { mode, name: self.name, id: Oid::from_bytes(self.id).ok()?, at: self.at })
    }

    /// Whether it comes behind that name.
    fn is_behind(&self, key: &[u8]) -> bool {
        let slash: &[u8] = if matches!(self.mode, b"40000" | b"040000") { b"/" } else { b"" };
        let alike = self.name.len().min(key.len());
        match self.name.get(..alike).cmp(&key.get(..alike)) {
            Ordering::Equal => self.name.iter().chain(slash).gt(key.iter()),
            order => order == Ordering::Greater,
        }
    }
}

/// The entries in their order; ends early where the bytes are no tree.
fn raw(tree: &[u8]) -> impl Iterator<Item = Raw<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = tree.get(start..)?;
        let space = rest.iter().take(8).position(|byte| *byte == b' ')?;
        let octal = |mode: &&[u8]| !mode.is_empty() && mode.iter().all(|byte| (b'0'..=b'7').contains(byte));
        let mode = rest.get(..space).filter(octal)?;
        let named = rest.get(space + 1..)?;
        let length = memchr(0, named)?;
        let end = space + 1 + length + 1 + ID;
        let raw = Raw { mode, name: named.get(..length)?, id: rest.get(end - ID..end)?, at: (start, start + end) };
        start += end;
        Some(raw)
    })
}

/// As [`raw`], each read.
pub(super) fn entries(tree: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    raw(tree).map_while(|entry| entry.read())
}

/// Whether the bytes are a tree.
pub(super) fn is_whole(tree: &[u8]) -> bool {
    raw(tree).last().map_or(tree.is_empty(), |entry| entry.at.1 == tree.len())
}

pub(super) fn find<'a>(tree: &'a [u8], name: &str) -> Option<Entry<'a>> {
    raw(tree).find(|entry| entry.name == name.as_bytes())?.read()
}

/// The tree of these entries: name, mode and id, each name once.
pub(super) fn of(mut entries: Vec<(&str, i32, Oid)>) -> Vec<u8> {
    entries.sort_unstable_by_key(|(name, mode, _)| key(name, *mode));
    entries.into_iter().flat_map(|(name, mode, id)| bytes(name, mode, id)).collect()
}

/// What entries are in order of: folders as if their names ended with a slash.
fn key(name: &str, mode: i32) -> Vec<u8> {
    [name, if mode == FOLDER { "/" } else { "" }].concat().into_bytes()
}

fn bytes(name: &str, mode: i32, id: Oid) -> Vec<u8> {
    [format!("{mode:o} {name}\0").as_bytes(), id.as_bytes()].concat()
}

/// The tree with that entry, which replaces one of its name.
pub(super) fn with(tree: &[u8], name: &str, mode: i32, id: Oid) -> Vec<u8> {
    let own = key(name, mode);
    let (mut old, mut behind) = (None, None);
    for entry in raw(tree) {
        if old.is_none() && entry.name == name.as_bytes() {
            old = Some(entry.at);
        }
        if behind.is_none() && entry.is_behind(&own) {
            behind = Some(entry.at.0);
        }
    }
    let behind = behind.unwrap_or(tree.len());
    let new = bytes(name, mode, id);
    let (begin, end) = old.unwrap_or((behind, behind));
    let part = |from: usize, to: usize| tree.get(from..to).unwrap_or_default();
    match behind <= begin {
        true => [part(0, behind), &new, part(behind, begin), part(end, tree.len())].concat(),
        false => [part(0, begin), part(end, behind), &new, part(behind, tree.len())].concat(),
    }
}

/// The tree without the entry of that name.
pub(super) fn without(tree: &[u8], name: &str) -> Vec<u8> {
    let (begin, end) = find(tree, name).map_or((tree.len(), tree.len()), |entry| entry.at);
    [tree.get(..begin).unwrap_or_default(), tree.get(end..).unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests {
    use git2::Repository;
    use proptest::prelude::*;

    use super::*;

    const FILE: i32 = 0o100_644;

    proptest! {
        #[test]
        fn a_tree_is_the_one_that_libgit2_builds(
            names in prop::collection::vec(("[ab.0-]{1,3}", any::<bool>()), 1..20),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let repository = Repository::init_bare(folder.path()).unwrap();
            let blob = repository.blob(b"x").unwrap();
            let inner = repository.treebuilder(None).unwrap().write().unwrap();
            let mut builder = repository.treebuilder(None).unwrap();
            let (mut tree, mut by_name) = (Vec::new(), std::collections::BTreeMap::new());
            for (name, is_folder) in names.iter().filter(|(name, _)| !matches!(name.as_str(), "." | "..")) {
                let (mode, id) = if *is_folder { (FOLDER, inner) } else { (FILE, blob) };
                builder.insert(name, id, mode).unwrap();
                tree = with(&tree, name, mode, id);
                by_name.insert(name.as_str(), (mode, id));
            }
            let expected = builder.write().unwrap();
            let odb = repository.odb().unwrap();
            let found = odb.read(expected).unwrap();
            prop_assert_eq!(found.data(), &tree[..]);
            prop_assert_eq!(of(by_name.into_iter().map(|(name, (mode, id))| (name, mode, id)).collect()), &tree[..]);
            prop_assert!(is_whole(&tree));
            for (name, _) in names.iter().filter(|(name, _)| !matches!(name.as_str(), "." | "..")) {
                prop_assert!(find(&tree, name).is_some());
            }
        }
    }

    #[test]
    fn what_is_no_tree_is_told() {
        let tree = with(b"", "a", FILE, Oid::ZERO_SHA1);
        assert!(is_whole(&tree) && is_whole(b"") && !is_whole(&tree[..tree.len() - 1]) && !is_whole(b"no tree"));
        assert!(!is_whole(b" a\0aaaaaaaaaaaaaaaaaaaa"));
    }
}
