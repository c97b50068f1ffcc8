#![doc = include_str!("../README.md")]

pub mod api;

#[cfg(feature = "testing")]
pub mod testing;

pub use api::crds;
