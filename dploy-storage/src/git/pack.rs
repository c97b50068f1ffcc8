//! Objects on their way into the clone, as one pack of them all.
//!
//! A file for each of them would be made, renamed, opened and read again: most of the time of a small commit. Large objects
//! differ little from one another: a folder of thousands of applications changes by one entry with every commit. Of such a
//! series the first is written whole, and all others as what makes them of the first, which `git push` sends as it is and the
//! remote takes on all its processors. The formats are those of gitformat-pack(5), version 2.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use dploy_core::id::hex;
use flate2::{Compression, Crc, write::ZlibEncoder};
use git2::Oid;
use sha1::{Digest as _, Sha1};
use tempfile::{NamedTempFile, SpooledTempFile};

use super::series::{Series, seven};

/// How many bytes are copied at a time.
const BLOCK: usize = 1 << 16;
/// From so many bytes on a pack does not wait for a push.
const LARGE: u64 = 64 << 20;
/// How many bytes are kept in memory before they go to a file.
const IN_MEMORY: usize = 1 << 20;
/// The length of what a pack begins with.
const HEAD: u64 = 12;

/// A kind of object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
}

impl Kind {
    /// Its name and its number.
    fn word(self) -> (&'static str, u8) {
        match self {
            Self::Commit => ("commit", 1),
            Self::Tree => ("tree", 2),
            Self::Blob => ("blob", 3),
        }
    }
}

/// The number of a difference to an object that comes before in the same pack.
const DELTA: u8 = 6;

/// A pack under construction.
#[derive(Debug)]
pub(super) struct Pack {
    /// What stands behind the head.
    bytes: SpooledTempFile,
    length: u64,
    /// Where each object begins behind the head, and the sum of its bytes.
    objects: BTreeMap<Oid, (u64, u32)>,
    /// The last of each series.
    series: BTreeMap<Oid, Series>,
}

/// Where a pack was at some time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(u64);

impl Pack {
    /// An empty one; what does not fit into memory goes to a file in that folder, which nobody else sees.
    pub(super) fn new(folder: &Path) -> Self {
        let bytes = tempfile::spooled_tempfile_in(IN_MEMORY, folder);
        Self { bytes, length: 0, objects: BTreeMap::new(), series: BTreeMap::new() }
    }

    /// Whether the object is in it.
    pub(super) fn has(&self, id: Oid) -> bool {
        self.objects.contains_key(&id)
    }

    /// Whether it holds so much that the clone should take it.
    pub(super) fn is_large(&self) -> bool {
        self.length >= LARGE
    }

    /// How far it is.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.length)
    }

    /// Forgets what was added since.
    pub(super) fn forget(&mut self, Mark(length): Mark) -> io::Result<()> {
        self.objects.retain(|_, (at, _)| *at < length);
        self.series.clear();
        self.length = length;
        self.bytes.set_len(length)?;
        self.bytes.seek(SeekFrom::Start(length)).map(drop)
    }

    /// Adds an object; its id. Where it was made of an `old` one and that is in the pack, only what differs is written.
    pub(super) fn add(&mut self, kind: Kind, new: &[u8], old: Option<(Oid, &[u8])>) -> io::Result<Oid> {
        let (word, number) = kind.word();
        let mut hash = Sha1::new_with_prefix(format!("{word} {}\0", new.len()));
        hash.update(new);
        let id = Oid::from_bytes(&hash.finalize()).map_err(io::Error::other)?;
        if self.has(id) {
            return Ok(id);
        }
        // Git reads no difference that makes nothing of something.
        let old = old.filter(|_| !new.is_empty());
        let start = self.length;
        let mut entry = Vec::new();
        let series = old.and_then(|(old_id, old)| Some((self.series.remove(&old_id)?, old)));
        let series = match series {
            Some((mut series, old)) => {
                let delta = series.follow(old, new);
                head(&mut entry, DELTA, delta.len());
                distance(&mut entry, start - series.first);
                deflate(&mut entry, &delta)?;
                series
            }
            None => {
                head(&mut entry, number, new.len());
                deflate(&mut entry, new)?;
                Series::new(start, new.len())
            }
        };
        if old.is_some() {
            self.series.insert(id, series);
        }
        let mut sum = Crc::new();
        sum.update(&entry);
        self.bytes.write_all(&entry)?;
        self.length += entry.len() as u64;
        self.objects.insert(id, (start, sum.sum()));
        Ok(id)
    }

    /// Writes the pack and its index into the folder of a repository's packs, unless it is empty.
    pub(super) fn write(&mut self, folder: &Path) -> io::Result<()> {
        if self.objects.is_empty() {
            return Ok(());
        }
        let count = u32::try_from(self.objects.len()).map_err(io::Error::other)?;
        fs::create_dir_all(folder)?;
        let mut file = unfinished(folder)?;
        let mut hash = Sha1::new();
        let mut put = |bytes: &[u8]| {
            hash.update(bytes);
            file.write_all(bytes)
        };
        put(b"PACK\0\0\0\x02")?;
        put(&count.to_be_bytes())?;
        self.bytes.rewind()?;
        let mut block = vec![0; BLOCK];
        loop {
            let length = self.bytes.read(&mut block)?;
            let Some(read) = block.get(..length).filter(|read| !read.is_empty()) else { break };
            put(read)?;
        }
        let sum = hash.finalize();
        file.write_all(&sum)?;
        let mut index = unfinished(folder)?;
        index.write_all(&self.index(&sum)?)?;
        // A pack is looked at once it has an index.
        let name = hex(&sum);
        finished(file, &folder.join(format!("pack-{name}.pack")))?;
        finished(index, &folder.join(format!("pack-{name}.idx")))
    }

    /// The index, whose ids are in order.
    fn index(&self, pack: &[u8]) -> io::Result<Vec<u8>> {
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        let first = |id: &Oid| id.as_bytes().first().copied().unwrap_or_default();
        for byte in 0..=u8::MAX {
            let below = self.objects.keys().filter(|id| first(id) <= byte).count();
            index.extend_from_slice(&u32::try_from(below).map_err(io::Error::other)?.to_be_bytes());
        }
        self.objects.keys().for_each(|id| index.extend_from_slice(id.as_bytes()));
        self.objects.values().for_each(|(_, sum)| index.extend_from_slice(&sum.to_be_bytes()));
        for (at, _) in self.objects.values() {
            let at = u32::try_from(HEAD + at).ok().filter(|at| *at < 1 << 31);
            index.extend_from_slice(&at.ok_or_else(|| io::Error::other("a pack of 2 GiB"))?.to_be_bytes());
        }
        index.extend_from_slice(pack);
        let sum = Sha1::digest(&index);
        index.extend_from_slice(&sum);
        Ok(index)
    }
}

fn deflate(out: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    let mut packed = ZlibEncoder::new(out, Compression::fast());
    packed.write_all(bytes)?;
    packed.finish().map(drop)
}

/// A file that has no name of its own yet: never half of a file, whoever reads it meanwhile. Nobody writes to it later, as
/// git has it.
fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    let read_only = Permissions::from_mode(0o444);
    tempfile::Builder::new().prefix("tmp_pack_").permissions(read_only).tempfile_in(folder)
}

fn finished(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// The kind and the size of what follows.
fn head(out: &mut Vec<u8>, kind: u8, size: usize) {
    let low = u8::try_from(size & 0x0f).unwrap_or_default();
    let mut rest = size >> 4;
    out.push((kind << 4) | low | if rest > 0 { 0x80 } else { 0 });
    while rest > 0 {
        out.push(seven(&mut rest));
    }
}

/// How far before this object its base begins.
fn distance(out: &mut Vec<u8>, distance: u64) {
    let mut bytes = vec![u8::try_from(distance & 0x7f).unwrap_or_default()];
    let mut rest = distance >> 7;
    while rest > 0 {
        rest -= 1;
        bytes.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or_default());
        rest >>= 7;
    }
    out.extend(bytes.iter().rev());
}

#[cfg(test)]
mod tests {
    use git2::{ObjectType, Repository};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// One that is not in the pack.
    const OUTSIDE: (Oid, &[u8]) = (Oid::ZERO_SHA1, b"");

    fn text(lines: usize) -> Vec<u8> {
        (0..lines).flat_map(|n| format!("- app-{n}\n").into_bytes()).collect()
    }

    fn git(repository: &Path, arguments: &[&str]) {
        let done = std::process::Command::new("git").arg("-C").arg(repository).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    #[rstest]
    #[case::begun(Vec::new(), text(3))]
    #[case::grown(text(20_000), text(20_001))]
    #[case::cut(text(20_000), text(1))]
    #[case::same(text(9), text(9))]
    #[case::replaced(text(9), vec![0xff; 70_000])]
    #[case::emptied(text(9), Vec::new())]
    #[case::repeated(b"aaaa".to_vec(), b"aaaaaa".to_vec())]
    #[case::inside([text(15_000), text(15_000)].concat(), [text(15_000), b"- x\n".to_vec(), text(15_000)].concat())]
    fn libgit2_and_git_read_what_is_packed(#[case] old: Vec<u8>, #[case] new: Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(folder.path()).unwrap();
        let mut pack = Pack::new(folder.path());
        let base = pack.add(Kind::Blob, &old, Some(OUTSIDE)).unwrap();
        let id = pack.add(Kind::Blob, &new, Some((base, &old))).unwrap();
        assert_eq!(pack.add(Kind::Blob, &new, None).unwrap(), id, "once is enough");
        pack.write(&folder.path().join("objects/pack")).unwrap();
        let odb = repository.odb().unwrap();
        for (id, bytes) in [(base, &old), (id, &new)] {
            let object = odb.read(id).unwrap();
            assert_eq!((object.kind(), object.data() == &bytes[..]), (ObjectType::Blob, true));
            assert_eq!(Oid::hash_object(ObjectType::Blob, bytes).unwrap(), id);
        }
        git(folder.path(), &["fsck", "--strict"]);
        let index = std::fs::read_dir(folder.path().join("objects/pack")).unwrap().flatten().map(|entry| entry.path());
        let index = index.into_iter().find(|path| path.extension().is_some_and(|end| end == "idx")).unwrap();
        git(folder.path(), &["verify-pack", index.to_str().unwrap()]);
    }

    #[test]
    fn an_object_like_the_one_before_costs_little() {
        let folder = tempfile::tempdir().unwrap();
        let mut pack = Pack::new(folder.path());
        let old = text(20_000);
        let base = pack.add(Kind::Tree, &old, Some(OUTSIDE)).unwrap();
        let before = pack.length;
        pack.add(Kind::Tree, &text(20_001), Some((base, &old))).unwrap();
        assert!(pack.length - before < 100, "{}", pack.length - before);
    }

    /// Each made of the one before, by an insertion, a removal or a replacement anywhere.
    fn versions() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let edits = prop::collection::vec((any::<prop::sample::Index>(), 0_usize..300, "[ab]{0,200}"), 1..12);
        (0..3_000_usize, edits).prop_map(|(lines, edits)| {
            let mut versions = vec![text(lines)];
            for (at, removed, inserted) in edits {
                let mut next = versions.last().cloned().unwrap_or_default();
                let from = at.index(next.len() + 1);
                let to = (from + removed).min(next.len());
                next.splice(from..to, inserted.into_bytes());
                versions.push(next);
            }
            versions
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_version_of_a_series_is_read_back(versions in versions()) {
            let folder = tempfile::tempdir().unwrap();
            let repository = Repository::init_bare(folder.path()).unwrap();
            let mut pack = Pack::new(folder.path());
            let (other, mut before) = (b"other".to_vec(), OUTSIDE);
            // What was undone is followed by something else once more.
            for version in versions.iter().chain(versions.first()).chain([&other]) {
                before = (pack.add(Kind::Blob, version, Some(before)).unwrap(), version);
            }
            pack.write(&folder.path().join("objects/pack")).unwrap();
            git(folder.path(), &["fsck", "--strict"]);
            let odb = repository.odb().unwrap();
            for version in &versions {
                let id = Oid::hash_object(ObjectType::Blob, version).unwrap();
                let read = odb.read(id).unwrap();
                prop_assert_eq!(read.data(), &version[..]);
            }
        }
    }

    #[test]
    fn an_empty_one_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut pack = Pack::new(folder.path());
        let mark = pack.mark();
        pack.add(Kind::Blob, b"x", None).unwrap();
        pack.forget(mark).unwrap();
        pack.write(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_was_added_is_forgotten_and_the_rest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(folder.path()).unwrap();
        let mut pack = Pack::new(folder.path());
        let noise = |seed: u32| -> Vec<u8> {
            (0..IN_MEMORY as u32 / 8).flat_map(|n| Sha1::digest((seed + n).to_be_bytes())).collect()
        };
        let kept = pack.add(Kind::Blob, &noise(1), None).unwrap();
        let mark = pack.mark();
        let forgotten = pack.add(Kind::Blob, &noise(2), None).unwrap();
        pack.forget(mark).unwrap();
        assert!(pack.has(kept) && !pack.has(forgotten));
        let added = pack.add(Kind::Blob, b"more", None).unwrap();
        pack.write(&folder.path().join("objects/pack")).unwrap();
        let odb = repository.odb().unwrap();
        assert_eq!((odb.read(kept).unwrap().data(), odb.read(added).unwrap().data()), (&noise(1)[..], &b"more"[..]));
        assert!(odb.read(forgotten).is_err());
    }
}
