//! `forge`: the client of build pipelines.

use clap::{Parser, Subcommand};

use crate::{
    completion::Completion, error::Error, forge, output::Format, releases::context::OwnGlobal, run::CommandLine,
};

/// Build versions: draft, upload, publish.
#[derive(Parser, Debug)]
#[command(name = "forge", version, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 ok, 1 remote error, 2 usage, 3 conflict, 4 not found, 5 auth, 6 timeout")]
pub(crate) struct Forge {
    #[command(flatten)]
    global: OwnGlobal,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(flatten)]
    Forge(Box<forge::Forge>),
    /// Print a completion script for a shell
    Completion(Completion),
}

impl CommandLine for Forge {
    fn format(&self) -> Format {
        self.global.output
    }

    async fn run(self) -> Result<(), Error> {
        match self.command {
            Command::Forge(command) => command.run(&self.global.into()).await,
            Command::Completion(completion) => completion.run(),
        }
    }
}
