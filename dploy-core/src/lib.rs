#![doc = include_str!("../README.md")]

pub mod artifact;
pub mod condition;
pub mod environments;
pub mod error;
pub mod id;
pub mod identity;
pub mod json;
pub mod name;
pub mod plan;
pub mod random;
pub mod releases;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod yaml;
