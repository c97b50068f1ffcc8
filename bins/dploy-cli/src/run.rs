//! From the words of a command line to an exit code.

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use crate::{cli::Cli, error::Error, names, output::Format, program};

/// A command line of one of the program's names.
pub(crate) trait CommandLine: Parser {
    /// How data and errors are written.
    fn format(&self) -> Format;

    /// Runs the command that was asked for.
    ///
    /// # Errors
    /// Whatever ended it; [`Error::report`] words it and gives the exit code.
    async fn run(self) -> Result<(), Error>;
}

/// Runs the command line of the name that the program was called by.
pub(crate) async fn run() -> ExitCode {
    let arguments = program::arguments();
    match program::Program::called() {
        program::Program::Dploy => execute::<Cli>(arguments).await,
        program::Program::Forge => execute::<names::Forge>(arguments).await,
        program::Program::Smithctl => execute::<names::Smithctl>(arguments).await,
    }
}

async fn execute<C: CommandLine>(arguments: Vec<OsString>) -> ExitCode {
    let format = format_in(&arguments);
    let line = match C::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) if error.use_stderr() && format != Format::Table => {
            return Error::usage(first_line(&error)).report(format);
        }
        Err(error) => error.exit(),
    };
    let format = line.format();
    match line.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(format),
    }
}

/// The format that a command line asks for that cannot be read as a whole.
fn format_in(arguments: &[OsString]) -> Format {
    let words: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let asked = |format: &str| {
        words.windows(2).any(|pair| matches!(pair, ["-o" | "--output", value] if *value == format))
            || words.iter().any(|word| {
                let value = word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o"));
                value.map(|value| value.trim_start_matches('=')) == Some(format)
            })
    };
    match (asked("json"), asked("yaml")) {
        (true, _) => Format::Json,
        (_, true) => Format::Yaml,
        _ => Format::Table,
    }
}

/// What is wrong with a command line, without the usage that follows it.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let first: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    first.join(" ").trim_start_matches("error: ").to_owned()
}
