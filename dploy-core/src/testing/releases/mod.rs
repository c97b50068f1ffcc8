//! Fakes of the releases domain.

mod archives;
mod random;
mod records;

pub use archives::PlainArchives;
pub use random::SequentialRandom;
pub use records::MemoryRecords;
