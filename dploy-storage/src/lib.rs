#![doc = include_str!("../README.md")]

#[cfg(any(feature = "folder", feature = "s3"))]
pub mod object;
