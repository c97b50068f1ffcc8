//! `cargo xtask testbed build|up|down|status`.

mod build;
mod catalog;
mod session;

use clap::Subcommand;

pub(crate) use build::{build, build_folder};

use crate::process;

/// What to do with the testbed.
#[derive(Subcommand)]
pub(crate) enum Task {
    /// Build the servers that are missing, once, into the user's cache folder.
    Build {
        /// Also what only the long tests need.
        #[arg(long)]
        long: bool,
    },
    /// Start all servers, Flux too, for work by hand.
    Up,
    /// Stop what `up` started.
    Down,
    /// Say what runs, and what of the machine the tests of other servers use.
    Status,
    /// The process behind `up`.
    #[command(hide = true)]
    Serve,
}

/// Why the testbed is not as wished.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The user has no cache folder.
    #[error("no cache folder: set HOME or XDG_CACHE_HOME")]
    NoCache,
    /// Go is not installed.
    #[error(
        "{missing} not found, and no Go to build it: install Go 1.26 or newer, or name a folder that has it in KUBEBUILDER_ASSETS"
    )]
    NoGo { missing: String },
    /// A module lacks a file that tests need.
    #[error("module {module} has no {file}")]
    NoFile { module: String, file: String },
    /// A program or a file failed.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The servers did not start.
    #[error("the testbed did not start")]
    Start(#[from] dploy_k8s::testing::Error),
    /// The background process ended before the servers were ready.
    #[error("the testbed did not start:\n{log}")]
    Background { log: String },
    /// What the background process said is not understood.
    #[error("the testbed's process gave an unknown answer")]
    Answer(#[from] serde_json::Error),
}

/// Carries out one task.
pub(crate) fn run(task: &Task) -> Result<(), Error> {
    match task {
        Task::Build { long } => build(*long).map(|()| build::list()),
        Task::Up => build(false).and_then(|()| session::up()),
        Task::Down => session::down(),
        Task::Status => session::status().map(|()| build::list_requirements()),
        Task::Serve => session::serve(),
    }
}
