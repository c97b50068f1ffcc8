//! Completion: scripts for shells that ask this program, and the names it answers with.

use std::{
    ffi::OsStr,
    io::{self, Write as _},
    time::Duration,
};

use clap::{Args, Command, CommandFactory as _, ValueEnum};
use clap_complete::{CompleteEnv, CompletionCandidate, env::Shells};

use crate::{cli::Cli, client::Client, error::Error, names, program::Program, releases::context::Context};

/// The variable by which a script tells that it is a shell that asks.
const VARIABLE: &str = "DPLOY_COMPLETE";

/// How long a shell waits for names at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Print a completion script for a shell.
#[derive(Args, Debug)]
pub(crate) struct Completion {
    /// The shell, e.g. `dploy completion bash > /etc/bash_completion.d/dploy`
    #[arg(value_enum)]
    shell: Shell,
}

/// A shell that a script is for.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Completion {
    pub(crate) fn run(self) -> Result<(), Error> {
        let name = Program::called().name();
        let shell = match self.shell {
            Shell::Bash => "bash",
            Shell::Elvish => "elvish",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
            Shell::Zsh => "zsh",
        };
        let mut script = Vec::new();
        if let Some(completer) = Shells::builtins().completer(shell) {
            completer.write_registration(VARIABLE, name, name, name, &mut script).map_err(Error::Output)?;
        }
        io::stdout().write_all(&script).map_err(Error::Output)
    }
}

/// Answers a shell that asks for completions, and ends the process then.
pub(crate) fn answer() {
    let program = Program::called();
    CompleteEnv::with_factory(move || command(program)).var(VARIABLE).bin(program.name()).complete();
}

fn command(program: Program) -> Command {
    match program {
        Program::Dploy => Cli::command(),
        Program::Forge => names::Forge::command(),
        Program::Smithctl => names::Smithctl::command(),
    }
}

/// The names of applications that begin with `current`; none where the server does not tell them soon.
pub(crate) fn applications(current: &OsStr) -> Vec<CompletionCandidate> {
    names(current, async |client: Client| {
        Ok(client.applications().await?.into_iter().map(|application| application.name).collect())
    })
}

/// The names of targets that begin with `current`; none where the server does not tell them soon.
pub(crate) fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    names(current, async |client: Client| Ok(client.targets().await?.into_iter().map(|target| target.name).collect()))
}

fn names(current: &OsStr, list: impl AsyncFnOnce(Client) -> Result<Vec<String>, Error>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let known = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        // Options on the line that is being completed are not known here; environment and files are.
        let client = Context::of_environment(PATIENCE).client().ok()?;
        let found = runtime.block_on(async { tokio::time::timeout(PATIENCE, list(client)).await });
        found.ok()?.ok()
    };
    let known: Vec<String> = known().unwrap_or_default();
    known.into_iter().filter(|name| name.starts_with(current.as_ref())).map(CompletionCandidate::new).collect()
}
