#![doc = include_str!("../README.md")]

pub mod api;
pub mod foreign;

#[cfg(feature = "testing")]
pub mod testing;

pub use api::crds;
