//! `smithctl`: the client of developers.

use clap::{Parser, Subcommand};

use crate::{
    completion::Completion,
    error::Error,
    forge::about,
    output::Format,
    releases::{Releases, context::OwnGlobal},
    run::CommandLine,
};

/// Deploy versions, go back, look at what runs.
#[derive(Parser, Debug)]
#[command(name = "smithctl", version, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 ok, 1 remote error, 2 usage, 3 conflict, 4 not found, 5 auth, 6 timeout")]
pub(crate) struct Smithctl {
    #[command(flatten)]
    global: OwnGlobal,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(flatten)]
    Releases(Box<Releases>),
    /// Print the version of this program
    CliVersion,
    /// Print a completion script for a shell
    Completion(Completion),
}

impl CommandLine for Smithctl {
    fn format(&self) -> Format {
        self.global.output
    }

    async fn run(self) -> Result<(), Error> {
        match self.command {
            Command::Releases(command) => command.run(&self.global.into()).await,
            Command::CliVersion => about(&self.global.into()),
            Command::Completion(completion) => completion.run(),
        }
    }
}
