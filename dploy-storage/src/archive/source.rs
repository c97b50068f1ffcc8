//! The bytes that come out of gzip, counted.

use std::{
    io::{self, BufRead as _, Cursor, Read as _},
    sync::Arc,
};

use dploy_core::releases::ports::ArchiveError;
use flate2::bufread::GzDecoder;

use super::limits::Limits;

/// The size of everything in a tar.
pub(super) const BLOCK: usize = 512;

/// One gzip member.
#[derive(Debug)]
pub(super) struct Source {
    gzip: GzDecoder<Cursor<Arc<[u8]>>>,
    limits: Limits,
    packed: u64,
    unpacked: u64,
}

impl Source {
    pub(super) fn open(packed: Arc<[u8]>, limits: Limits) -> Result<Self, ArchiveError> {
        let size = u64::try_from(packed.len()).unwrap_or(u64::MAX);
        if size > limits.packed {
            return Err(ArchiveError::TooLarge { what: "packed size in bytes".to_owned(), limit: limits.packed });
        }
        if !packed.starts_with(&[0x1f, 0x8b]) {
            return Err(ArchiveError::NotGzip);
        }
        Ok(Self { gzip: GzDecoder::new(Cursor::new(packed)), limits, packed: size, unpacked: 0 })
    }

    /// Reads until `buffer` is full or gzip ends; says how much was read.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, ArchiveError> {
        let mut filled = 0;
        while let Some(rest @ [_, ..]) = buffer.get_mut(filled..) {
            match self.gzip.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(refused(error)),
            }
        }
        self.count(filled)?;
        Ok(filled)
    }

    /// Fills `buffer`; the archive must not end before.
    pub(super) fn exact(&mut self, buffer: &mut [u8]) -> Result<(), ArchiveError> {
        if self.fill(buffer)? == buffer.len() { Ok(()) } else { Err(ArchiveError::Truncated) }
    }

    /// Reads `size` bytes, which the caller has bounded, and what pads them to a block.
    pub(super) fn data(&mut self, size: usize) -> Result<Vec<u8>, ArchiveError> {
        let mut data = Vec::with_capacity(size.next_multiple_of(BLOCK));
        let mut block = [0; BLOCK];
        while data.len() < size {
            self.exact(&mut block)?;
            data.extend_from_slice(&block);
        }
        data.truncate(size);
        Ok(data)
    }

    /// Reads what is left: zeros, gzip's own end with its checksum, and nothing behind it.
    pub(super) fn finish(&mut self) -> Result<(), ArchiveError> {
        let mut block = [0; BLOCK];
        loop {
            let count = self.fill(&mut block)?;
            if block.iter().take(count).any(|byte| *byte != 0) {
                return Err(ArchiveError::Trailing);
            }
            if count < BLOCK {
                break;
            }
        }
        match self.gzip.get_mut().fill_buf() {
            Ok([]) => Ok(()),
            _ => Err(ArchiveError::Trailing),
        }
    }

    fn count(&mut self, more: usize) -> Result<(), ArchiveError> {
        self.unpacked = self.unpacked.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        let Limits { unpacked, ratio, ratio_from, .. } = self.limits;
        if self.unpacked > unpacked {
            return Err(ArchiveError::TooLarge { what: "unpacked size in bytes".to_owned(), limit: unpacked });
        }
        if self.unpacked > ratio_from && self.unpacked > self.packed.saturating_mul(ratio) {
            return Err(ArchiveError::TooLarge { what: "ratio of unpacked to packed size".to_owned(), limit: ratio });
        }
        Ok(())
    }
}

/// What the decoder says of bytes that are in memory can only be about them.
fn refused(error: io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveError::Truncated,
        _ => ArchiveError::NotGzip,
    }
}
