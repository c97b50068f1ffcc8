//! The command lines of the program's other names: the same commands under the flags of the original.

mod forge;
mod smithctl;

pub(crate) use forge::Forge;
pub(crate) use smithctl::Smithctl;
