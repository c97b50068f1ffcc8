//! Git repositories to push to, by file, https and ssh.

mod cgi;
mod hooks;
mod https;
mod program;
mod repository;
mod ssh;
mod ssh_keys;
mod tls;

pub use https::GitHttps;
pub use repository::{Commit, GitRepository};
pub use ssh::GitSsh;
