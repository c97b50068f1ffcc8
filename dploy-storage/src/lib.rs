#![doc = include_str!("../README.md")]

pub mod archive;
#[cfg(feature = "git")]
pub mod git;
#[cfg(any(feature = "folder", feature = "s3"))]
pub mod object;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod sql;
