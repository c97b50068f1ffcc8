//! Fakes of the releases domain.

mod records;

pub use records::MemoryRecords;
