//! Git repositories to push to.

mod hooks;
mod program;
mod repository;

pub use repository::{Commit, GitRepository};
