//! Commits to gitops repositories: built in memory on a bare clone, carried by the `git` program.
//!
//! ```text
//! settings · ssh        who we are, what the remote accepts, whom we trust
//! program · answer      one git command with its deadline, and what its words mean
//! remote                the three commands: ls-remote, fetch, push
//! clone · tree          the local clone, and trees built along one path
//! listing               the bytes of a tree
//! pack · series         the bytes of a pack, and of what makes objects of one another
//! build · push · find   the use of all that
//! repository            the port
//! ```

mod answer;
mod build;
mod clone;
mod find;
mod listing;
mod pack;
mod program;
mod push;
mod remote;
mod repository;
mod series;
mod settings;
mod ssh;
mod tree;

pub use repository::{GitRepositories, GitRepository};
pub use settings::{Access, GitSettings, HostKeys, Identity, SettingsError, SshAccess, Token};
