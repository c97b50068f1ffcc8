//! A watch-fed cache that is never behind the process's own writes.
//!
//! [`Cache`] is the handle; `state` decides, purely, which of two views of an object is kept; `packed` keeps it in little
//! space; `index` finds objects by value; `waiters` wakes those who wait for one object.

mod builder;
mod change;
mod handle;
mod index;
mod packed;
mod progress;
mod state;
#[cfg(test)]
mod tests;
mod unreadable;
mod waiters;

pub use builder::CacheBuilder;
pub use change::Change;
pub use handle::{Cache, Found};
pub(super) use progress::{Begun, Listing, Malformed};
