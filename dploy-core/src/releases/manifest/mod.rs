//! The manifests of a version: which files are objects, and what is wrong with them.

mod checker;
mod problem;

pub use checker::{Checker, Manifests};
pub use problem::{LISTED_MAX, Problem, Problems};
