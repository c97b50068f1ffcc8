//! The records in SQLite and in PostgreSQL: the contract, races of replicas, migrations, databases that fail, and long lists.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![cfg(all(feature = "sqlite", feature = "postgres"))]

mod contract;
mod database;
mod faults;
mod lists;
mod made;
mod migrations;
mod races;
