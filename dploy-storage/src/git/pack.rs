//! Large objects that differ little from one another, as one pack with the differences only.
//!
//! A folder of thousands of applications changes by one entry with every commit. Written each by itself, fifty such folders
//! are packed, sent and compared byte by byte; here each is the one before with an entry more, which `git push` sends as it
//! is. The formats are those of gitformat-pack(5), version 2.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::Path,
};

use dploy_core::id::hex;
use flate2::{Compression, Crc, write::ZlibEncoder};
use git2::Oid;
use sha1::{Digest as _, Sha1};

/// The most that one instruction copies.
const COPY_MAX: usize = 0xffff;
/// How many bytes are compared at a time.
const BLOCK: usize = 4_096;
/// The most that one instruction inserts.
const INSERT_MAX: usize = 127;

/// A kind of object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Tree,
    Blob,
}

impl Kind {
    /// Its name and its number.
    fn word(self) -> (&'static str, u8) {
        match self {
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
    bytes: Vec<u8>,
    /// Where each object begins, and the sum of its bytes.
    objects: BTreeMap<Oid, (usize, u32)>,
}

impl Pack {
    pub(super) fn new() -> Self {
        Self { bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), objects: BTreeMap::new() }
    }

    /// Adds an object, as its difference to `base` where that is in the pack; its id.
    pub(super) fn add(&mut self, kind: Kind, new: &[u8], base: Option<(Oid, &[u8])>) -> Result<Oid, git2::Error> {
        let (word, number) = kind.word();
        let mut hash = Sha1::new_with_prefix(format!("{word} {}\0", new.len()));
        hash.update(new);
        let id = Oid::from_bytes(&hash.finalize())?;
        if self.objects.contains_key(&id) {
            return Ok(id);
        }
        let start = self.bytes.len();
        let based = base.and_then(|(base, old)| Some((self.objects.get(&base)?.0, old)));
        match based {
            Some((at, old)) => {
                let delta = delta(old, new);
                head(&mut self.bytes, DELTA, delta.len());
                distance(&mut self.bytes, start - at);
                self.deflate(&delta);
            }
            None => {
                head(&mut self.bytes, number, new.len());
                self.deflate(new);
            }
        }
        let mut sum = Crc::new();
        sum.update(self.bytes.get(start..).unwrap_or_default());
        self.objects.insert(id, (start, sum.sum()));
        Ok(id)
    }

    fn deflate(&mut self, bytes: &[u8]) {
        let mut packed = ZlibEncoder::new(std::mem::take(&mut self.bytes), Compression::fast());
        // A buffer takes all bytes.
        drop(packed.write_all(bytes));
        self.bytes = packed.finish().unwrap_or_default();
    }

    /// Writes the pack and its index into the folder of a repository's packs, unless it is empty.
    pub(super) fn write(mut self, folder: &Path) -> io::Result<()> {
        if self.objects.is_empty() {
            return Ok(());
        }
        let count = u32::try_from(self.objects.len()).map_err(io::Error::other)?;
        if let Some(place) = self.bytes.get_mut(8..12) {
            place.copy_from_slice(&count.to_be_bytes());
        }
        let sum = Sha1::digest(&self.bytes);
        self.bytes.extend_from_slice(&sum);
        let name = hex(&sum);
        fs::create_dir_all(folder)?;
        // A pack is looked at once it has an index.
        put(folder, &format!("pack-{name}.pack"), &self.bytes)?;
        put(folder, &format!("pack-{name}.idx"), &self.index(&sum)?)
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
            let at = u32::try_from(*at).ok().filter(|at| *at < 1 << 31);
            index.extend_from_slice(&at.ok_or_else(|| io::Error::other("a pack of 2 GiB"))?.to_be_bytes());
        }
        index.extend_from_slice(pack);
        let sum = Sha1::digest(&index);
        index.extend_from_slice(&sum);
        Ok(index)
    }
}

/// Never half of a file, whoever reads it meanwhile.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix("tmp_pack_").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(folder.join(name)).map(drop).map_err(|error| error.error)
}

/// The lowest seven bits of a number, as a byte that says whether more come.
fn seven(rest: &mut usize) -> u8 {
    let bits = u8::try_from(*rest & 0x7f).unwrap_or_default();
    *rest >>= 7;
    if *rest > 0 { bits | 0x80 } else { bits }
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
fn distance(out: &mut Vec<u8>, distance: usize) {
    let mut bytes = vec![u8::try_from(distance & 0x7f).unwrap_or_default()];
    let mut rest = distance >> 7;
    while rest > 0 {
        rest -= 1;
        bytes.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or_default());
        rest >>= 7;
    }
    out.extend(bytes.iter().rev());
}

/// What makes `new` of `old`: both begin and end alike.
fn delta(old: &[u8], new: &[u8]) -> Vec<u8> {
    let begin = alike(old.chunks(BLOCK).zip(new.chunks(BLOCK)), |part| part.iter());
    let (old_rest, new_rest) = (old.get(begin..).unwrap_or_default(), new.get(begin..).unwrap_or_default());
    let end = alike(old_rest.rchunks(BLOCK).zip(new_rest.rchunks(BLOCK)), |part| part.iter().rev());
    let mut delta = Vec::new();
    for mut size in [old.len(), new.len()] {
        delta.push(seven(&mut size));
        while size > 0 {
            delta.push(seven(&mut size));
        }
    }
    copy(&mut delta, 0, begin);
    for part in new_rest.get(..new_rest.len() - end).unwrap_or_default().chunks(INSERT_MAX) {
        delta.push(u8::try_from(part.len()).unwrap_or_default());
        delta.extend_from_slice(part);
    }
    copy(&mut delta, old.len() - end, end);
    delta
}

/// How many bytes two texts have in common from where their `blocks` begin: whole blocks at a time, the rest in `order`.
fn alike<'a, I: Iterator<Item = &'a u8>>(
    blocks: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    order: impl Fn(&'a [u8]) -> I,
) -> usize {
    let mut length = 0;
    for (old, new) in blocks {
        if old != new {
            return length + order(old).zip(order(new)).take_while(|(a, b)| a == b).count();
        }
        length += old.len();
    }
    length
}

/// Copies a part of the old text.
fn copy(delta: &mut Vec<u8>, mut from: usize, mut length: usize) {
    while length > 0 {
        let part = length.min(COPY_MAX);
        let [a, b, c, d, ..] = from.to_le_bytes();
        let [low, high, ..] = part.to_le_bytes();
        delta.extend_from_slice(&[0xbf, a, b, c, d, low, high]);
        (from, length) = (from + part, length - part);
    }
}

#[cfg(test)]
mod tests {
    use git2::{ObjectType, Repository};
    use rstest::rstest;

    use super::*;

    fn text(lines: usize) -> Vec<u8> {
        (0..lines).flat_map(|n| format!("- app-{n}\n").into_bytes()).collect()
    }

    #[rstest]
    #[case::begun(Vec::new(), text(3))]
    #[case::grown(text(20_000), text(20_001))]
    #[case::cut(text(20_000), text(1))]
    #[case::same(text(9), text(9))]
    #[case::replaced(text(9), vec![0xff; 70_000])]
    #[case::repeated(b"aaaa".to_vec(), b"aaaaaa".to_vec())]
    #[case::inside([text(15_000), text(15_000)].concat(), [text(15_000), b"- x\n".to_vec(), text(15_000)].concat())]
    fn libgit2_and_git_read_what_is_packed(#[case] old: Vec<u8>, #[case] new: Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(folder.path()).unwrap();
        let mut pack = Pack::new();
        let base = pack.add(Kind::Blob, &old, None).unwrap();
        let id = pack.add(Kind::Blob, &new, Some((base, &old))).unwrap();
        assert_eq!(pack.add(Kind::Blob, &new, None).unwrap(), id, "once is enough");
        pack.write(&folder.path().join("objects/pack")).unwrap();
        let odb = repository.odb().unwrap();
        for (id, bytes) in [(base, &old), (id, &new)] {
            let object = odb.read(id).unwrap();
            assert_eq!((object.kind(), object.data() == &bytes[..]), (ObjectType::Blob, true));
            assert_eq!(Oid::hash_object(ObjectType::Blob, bytes).unwrap(), id);
        }
        let git = |arguments: &[&str]| {
            std::process::Command::new("git").arg("-C").arg(folder.path()).args(arguments).output()
        };
        let checked = git(&["fsck", "--strict", "--no-progress"]).unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let index = std::fs::read_dir(folder.path().join("objects/pack")).unwrap().flatten().map(|entry| entry.path());
        let index = index.into_iter().find(|path| path.extension().is_some_and(|end| end == "idx")).unwrap();
        let verified = git(&["verify-pack", index.to_str().unwrap()]).unwrap();
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    }

    #[test]
    fn an_object_like_the_one_before_costs_little() {
        let mut pack = Pack::new();
        let old = text(20_000);
        let base = pack.add(Kind::Tree, &old, None).unwrap();
        let before = pack.bytes.len();
        pack.add(Kind::Tree, &text(20_001), Some((base, &old))).unwrap();
        assert!(pack.bytes.len() - before < 100, "{}", pack.bytes.len() - before);
    }
}
