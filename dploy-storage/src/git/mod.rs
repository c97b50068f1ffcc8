//! Commits to gitops repositories: built in memory on a bare clone, carried by the `git` program.
//!
//! ```text
//! settings · ssh        who we are, what the remote accepts, whom we trust
//! program · answer      one git command with its deadline, and what its words mean
//! remote                the three commands: ls-remote, fetch, push
//! clone · tree          the local clone, and trees built along one path
//! listing · pack        the bytes of a tree, and of a pack of trees that are alike
//! push · find           the use of all that
//! repository            the port
//! ```

mod answer;
mod clone;
mod find;
mod listing;
mod pack;
mod program;
mod push;
mod remote;
mod repository;
mod settings;
mod ssh;
mod tree;

pub use repository::{GitRepositories, GitRepository};
pub use settings::{Access, GitSettings, HostKeys, Identity, SettingsError, SshAccess, Token};
