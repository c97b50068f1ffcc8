//! Programs run by argument list.

use std::{
    io,
    path::PathBuf,
    process::{Command, Stdio},
};

use tokio::io::AsyncWriteExt as _;

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is not installed, or cannot be started.
    #[error("cannot run {program}")]
    Start {
        program: String,
        #[source]
        source: io::Error,
    },
    /// It ended with a failure.
    #[error("{program} failed ({status})\n{output}")]
    Failed { program: String, status: String, output: String },
    /// A file it needs or makes is not accessible.
    #[error("cannot access {}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// An error of a file operation, for `map_err`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

/// Runs a program to its end and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| Error::Start { program: program.clone(), source })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let written = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        Err(Error::Failed { program, status: output.status.to_string(), output: written })
    }
}

/// Runs a program to its end, with `input` as its standard input, and returns what it wrote to standard output.
pub(crate) async fn feed(mut command: tokio::process::Command, input: &str) -> Result<String, Error> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let start = |source| Error::Start { program: program.clone(), source };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(start)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input may have closed it.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(start)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let written = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Err(Error::Failed { program, status: output.status.to_string(), output: written })
}

/// Runs a program to its end; what it writes is seen.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|source| Error::Start { program: program.clone(), source })?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Failed { program, status: status.to_string(), output: String::new() })
    }
}
