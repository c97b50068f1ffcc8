#![doc = include_str!("../README.md")]

pub mod archive;
#[cfg(any(feature = "folder", feature = "s3"))]
pub mod object;
