#![doc = include_str!("../README.md")]

pub mod api;
pub mod cluster;
pub mod controller;
pub mod environments;
pub mod foreign;

#[cfg(feature = "testing")]
pub mod testing;

pub use api::crds;
