//! `dploy completion`: scripts that complete commands and options.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::{cli::Cli, error::Error};

/// Print a completion script for a shell.
#[derive(Args, Debug)]
pub(crate) struct Completion {
    /// The shell, e.g. `dploy completion bash > /etc/bash_completion.d/dploy`
    #[arg(value_enum)]
    shell: Shell,
}

impl Completion {
    pub(crate) fn run(self) -> Result<(), Error> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "dploy", &mut script);
        io::stdout().write_all(&script).map_err(Error::Output)
    }
}
