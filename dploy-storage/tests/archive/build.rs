//! Archives made by hand, byte by byte where it has to be.
#![allow(dead_code)]

use std::{io::Write as _, sync::Arc};

use dploy_core::releases::{file::ArchiveFile, ports::ArchiveError};
use dploy_storage::archive::{Files, Limits};
use flate2::{Compression, write::GzEncoder};

/// A tar under construction.
#[derive(Clone, Default)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

/// A header of POSIX' format with its sum.
pub(crate) fn header(kind: u8, name: &[u8], size: u64) -> [u8; 512] {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len().min(100)].copy_from_slice(&name[..name.len().min(100)]);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    *header.as_bytes()
}

/// The same header with other bytes in places, and its sum made right.
pub(crate) fn patched(header: [u8; 512], at: usize, bytes: &[u8]) -> [u8; 512] {
    let mut header = tar::Header::from_byte_slice(&header).clone();
    header.as_mut_bytes()[at..at + bytes.len()].copy_from_slice(bytes);
    header.set_cksum();
    *header.as_bytes()
}

impl Tar {
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn data(self, bytes: &[u8]) -> Self {
        let padding = vec![0; bytes.len().next_multiple_of(512) - bytes.len()];
        self.raw(bytes).raw(&padding)
    }

    pub(crate) fn entry(self, kind: u8, name: &[u8], data: &[u8]) -> Self {
        self.raw(&header(kind, name, data.len() as u64)).data(data)
    }

    pub(crate) fn file(self, name: &str, data: &str) -> Self {
        self.entry(b'0', name.as_bytes(), data.as_bytes())
    }

    pub(crate) fn folder(self, name: &str) -> Self {
        self.entry(b'5', name.as_bytes(), b"")
    }

    /// Pax records about the next entry.
    pub(crate) fn pax(self, records: &[(&str, &[u8])]) -> Self {
        self.entry(
            b'x',
            b"PaxHeaders/x",
            &records.iter().flat_map(|(key, value)| record(key, value)).collect::<Vec<_>>(),
        )
    }

    /// The next entry's name as GNU writes it.
    pub(crate) fn long_name(self, name: &[u8]) -> Self {
        self.entry(b'L', b"././@LongLink", &[name, b"\0"].concat())
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.raw(&[0; 1024]).0
    }

    pub(crate) fn packed(self) -> Arc<[u8]> {
        gzip(&self.end())
    }
}

pub(crate) fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let length = (rest + 1..).find(|length| length.to_string().len() + rest == *length).unwrap();
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

pub(crate) fn gzip(bytes: &[u8]) -> Arc<[u8]> {
    gzip_with(|out| out.write_all(bytes).unwrap())
}

/// Packs what is written, which never is in memory as a whole.
pub(crate) fn gzip_with(write: impl FnOnce(&mut GzEncoder<Vec<u8>>)) -> Arc<[u8]> {
    gzip_at(Compression::best(), write)
}

pub(crate) fn gzip_at(level: Compression, write: impl FnOnce(&mut GzEncoder<Vec<u8>>)) -> Arc<[u8]> {
    let mut out = GzEncoder::new(Vec::new(), level);
    write(&mut out);
    out.finish().unwrap().into()
}

/// Packs `first` and then `chunk`, of 64 KiB or more, very often, without packing it each time: deflated behind itself it
/// gives the same bytes again. The sum at the end is wrong, which only a reader finds that gets there.
pub(crate) fn gzip_repeated(first: &[u8], chunk: &[u8], times: usize) -> Arc<[u8]> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    let mut ends = Vec::new();
    for part in [first, chunk, chunk] {
        out.write_all(part).unwrap();
        out.flush().unwrap();
        ends.push(out.get_ref().len());
    }
    let mut packed = out.get_ref().clone();
    let again = packed[ends[1]..].to_vec();
    (2..times).for_each(|_| packed.extend_from_slice(&again));
    packed.into()
}

pub(crate) fn read_with(packed: Arc<[u8]>, limits: Limits) -> Result<Vec<ArchiveFile>, ArchiveError> {
    Files::new(packed, limits).collect()
}

/// The files' names and texts.
pub(crate) fn read(packed: Arc<[u8]>) -> Result<Vec<(String, String)>, ArchiveError> {
    let files = read_with(packed, Limits::default())?;
    let text = |file: ArchiveFile| (file.path.to_string(), String::from_utf8(file.bytes).unwrap());
    Ok(files.into_iter().map(text).collect())
}

/// The error with all its causes.
pub(crate) fn refusal<T>(result: Result<T, ArchiveError>) -> String {
    let error = result.err().expect("the archive should be refused");
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
