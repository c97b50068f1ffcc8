//! The `dploy` command: environments of a dploy server from the command line, templates offline.
//!
//! Standard output carries data and nothing else; progress and errors go to standard error. The exit code says what
//! kind of failure it was: 0 ok, 1 remote error, 2 usage, 3 conflict, 4 not found, 5 authentication, 6 timeout.

use std::process::ExitCode;

use clap::Parser;

mod cli;
mod client;
mod completion;
mod config;
mod env;
mod error;
mod login;
mod output;
mod progress;
mod template;
mod terminal;
mod token;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match cli::Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}
