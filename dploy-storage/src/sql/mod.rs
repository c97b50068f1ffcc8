//! Records in SQLite or PostgreSQL.
//!
//! ```text
//! url · error                                  which database, and why it cannot be opened
//! pool · session · statement · row             one small layer over both drivers: static texts, two types of values
//! wal                                          when SQLite's commits are on the disk
//! migrate                                      the numbered steps of the schema, run at start
//! records                                      the ports, one file each
//! ```

mod error;
mod migrate;
mod pool;
mod records;
mod row;
mod session;
mod statement;
mod url;
#[cfg(feature = "sqlite")]
mod wal;

pub use error::OpenError;
pub use records::SqlRecords;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
