//! Programs run by argument list.

use std::{io, path::PathBuf, process::Command};

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
