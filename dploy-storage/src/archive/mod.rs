//! Reading tar.gz archives that strangers made: the one reader, at publish and at deploy.
//!
//! [`Files`] walks an archive without a runtime; [`TarGzReader`] is the port that the releases domain asks. Both stop
//! at the first thing that is wrong, and neither holds more than one file.
//!
//! What is accepted is what `tar czf` and every archive library write for plain files: one gzip member (RFC 1952) that
//! holds a tar (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU, or the older format without a magic) with its two blocks of
//! zeros at the end. Where the formats leave room for two readers to see two different archives, the archive is
//! refused: an entry described twice, a size that pax records change, sparse files, a second gzip member, bytes behind
//! the end.

mod extension;
mod files;
mod header;
mod limits;
mod names;
mod reader;
mod source;

pub use files::Files;
pub use limits::Limits;
pub use reader::TarGzReader;
