use std::{io, path::PathBuf, time::Duration};

/// Why a test server could not be started or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Programs are nowhere to be found, or may not run here.
    #[error("{} not found: {remedy}", names.join(", "))]
    Missing {
        /// The names of the missing programs.
        names: Vec<String>,
        /// What to do about it.
        remedy: String,
    },
    /// The supervisor process could not be started or spoken to.
    #[error("the supervisor of the test servers failed")]
    Supervisor {
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The supervisor refused or ended.
    #[error("the supervisor of the test servers reports: {detail}")]
    Refused {
        /// What it said.
        detail: String,
    },
    /// A server ended while it was needed.
    #[error("{server} ended ({status}); the end of its log:\n{log}")]
    Exited {
        /// The server.
        server: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote.
        log: String,
    },
    /// A program that sets something up did not do its work.
    #[error("{program} failed ({status}): {output}")]
    Failed {
        /// The program with its first argument.
        program: String,
        /// How it ended.
        status: String,
        /// What it wrote to standard error.
        output: String,
    },
    /// Something did not happen in time.
    #[error("{what} took longer than {} s", after.as_secs())]
    Timeout {
        /// What was awaited.
        what: String,
        /// How long it was awaited.
        after: Duration,
    },
    /// A file or a folder could not be read or written.
    #[error("cannot access {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No loopback port could be had, or the server's thread could not be started.
    #[error("cannot listen on loopback")]
    Listen {
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A library that makes keys, certificates or a store refused.
    #[error("cannot set up {what}: {reason}")]
    Setup {
        /// What was to be set up.
        what: &'static str,
        /// What the library said.
        reason: String,
    },
    /// A shared server had failed to start for an earlier test, or something is missing under `CI=true`.
    #[error("the test server did not start: {reason}")]
    Shared {
        /// The first failure with its causes.
        reason: String,
    },
}

impl Error {
    /// Whether the test should be skipped, because what it needs is not installed.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// Whether a server lost its port to another process, so that a new port helps.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Exited { log, .. } if log.to_ascii_lowercase().contains("address already in use"))
    }

    /// This error and its causes, one line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }

    /// An error of a file operation, for `map_err`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
