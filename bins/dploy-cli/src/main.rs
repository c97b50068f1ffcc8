//! The `dploy` command: environments and releases of a dploy server from the command line, templates offline.
//!
//! Standard output carries data and nothing else; progress and errors go to standard error. The exit code says what
//! kind of failure it was: 0 ok, 1 remote error, 2 usage, 3 conflict, 4 not found, 5 authentication, 6 timeout.
//!
//! Called `forge` or `smithctl`, by the name of the file or of a link to it, it takes the command lines of these
//! programs.

use std::process::ExitCode;

mod admin;
mod cli;
mod client;
mod completion;
mod config;
mod dev;
mod env;
mod error;
mod forge;
mod kubeconfig;
mod login;
mod names;
mod output;
mod private_file;
mod program;
mod progress;
mod releases;
mod run;
mod template;
mod terminal;
mod token;

fn main() -> ExitCode {
    completion::answer();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run::run()),
        Err(cause) => error::Error::Runtime(cause).report(output::Format::default()),
    }
}
