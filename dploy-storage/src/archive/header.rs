//! A header of a tar: what follows it, of which name and size.

use dploy_core::releases::ports::ArchiveError;
use tar::EntryType;

use super::source::BLOCK;

/// Where a header says its own sum.
const SUM: std::ops::Range<usize> = 148..156;
/// Where it says how large its entry is.
const SIZE: std::ops::Range<usize> = 124..136;
/// Where it says which format it is of.
const MAGIC: std::ops::Range<usize> = 257..265;

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    File,
    Folder,
    /// Pax records about the next entry.
    Records,
    /// Pax records about all entries that follow.
    GlobalRecords,
    /// The next entry's name, as GNU writes long ones.
    LongName,
    /// Something that manifests do not need, and what it is called.
    Refused(&'static str),
}

/// A header that is one.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) name: Vec<u8>,
    pub(super) size: u64,
}

impl Header {
    /// Reads a header; `None` is a block of zeros.
    pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Option<Self>, ArchiveError> {
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = tar::Header::from_byte_slice(block);
        if header.cksum().ok() != Some(sum(block)) || !is_known_format(block) || !is_plain_size(block) {
            return Err(ArchiveError::NotTar);
        }
        Ok(Some(Self {
            kind: kind(header.entry_type()),
            name: header.path_bytes().into_owned(),
            size: header.entry_size().map_err(|_| ArchiveError::NotTar)?,
        }))
    }
}

/// The sum of all bytes, its own field counted as blanks (POSIX.1-1988).
fn sum(block: &[u8; BLOCK]) -> u32 {
    let bytes = block.iter().enumerate();
    bytes.map(|(at, byte)| if SUM.contains(&at) { u32::from(b' ') } else { u32::from(*byte) }).sum()
}

/// POSIX, GNU, or what came before both.
fn is_known_format(block: &[u8; BLOCK]) -> bool {
    matches!(block.get(MAGIC), Some(b"ustar\x0000" | b"ustar  \0" | [0, 0, 0, 0, 0, 0, 0, 0]))
}

/// Octal digits, or GNU's binary form of a number below 2^64: readers differ in what larger and negative ones are.
fn is_plain_size(block: &[u8; BLOCK]) -> bool {
    match block.get(SIZE) {
        Some([first, rest @ ..]) if first & 0x80 != 0 => *first == 0x80 && rest.iter().take(3).all(|byte| *byte == 0),
        field => field.is_some(),
    }
}

fn kind(of: EntryType) -> Kind {
    match of.as_byte() {
        b'0' | 0 => Kind::File,
        b'5' => Kind::Folder,
        b'x' => Kind::Records,
        b'g' => Kind::GlobalRecords,
        b'L' => Kind::LongName,
        b'1' => Kind::Refused("a hard link"),
        b'2' | b'K' => Kind::Refused("a symbolic link"),
        b'3' => Kind::Refused("a character device"),
        b'4' => Kind::Refused("a block device"),
        b'6' => Kind::Refused("a named pipe"),
        b'S' => Kind::Refused("a sparse file"),
        _ => Kind::Refused("of a kind that is neither file nor folder"),
    }
}
