#![doc = include_str!("../README.md")]

pub mod archive;
#[cfg(any(feature = "folder", feature = "s3"))]
pub mod object;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod sql;
