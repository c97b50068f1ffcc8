//! The manifests of a version: which files are objects, and what is wrong with them.

mod problem;

pub use problem::{LISTED_MAX, Problem, Problems};
