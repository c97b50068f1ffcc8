use std::{path::PathBuf, time::Duration};

/// Why a test cluster could not be started or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Programs or data files are nowhere to be found.
    #[error("{} not found: run `cargo xtask testbed build`, or name a folder that has them in KUBEBUILDER_ASSETS", names.join(", "))]
    Missing {
        /// The names of the missing files.
        names: Vec<String>,
    },
    /// The supervisor process could not be started or spoken to.
    #[error("the supervisor of the test servers failed")]
    Supervisor {
        /// What the operating system said.
        #[source]
        source: std::io::Error,
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
        /// The program.
        server: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote.
        log: String,
    },
    /// Something did not happen in time.
    #[error("{what} took longer than {} s", after.as_secs())]
    Timeout {
        /// What was awaited.
        what: String,
        /// How long it was awaited.
        after: Duration,
    },
    /// A file of the cluster could not be read or written.
    #[error("cannot access {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The kubeconfig of the cluster is not usable.
    #[error("the kubeconfig of the test cluster is not usable")]
    Kubeconfig {
        /// The reason.
        #[source]
        source: kube::config::KubeconfigError,
    },
    /// The API server refused a request.
    #[error("a request to the test cluster failed")]
    Api {
        /// The reason.
        #[source]
        source: Box<kube::Error>,
    },
    /// A manifest is not what it should be.
    #[error("the manifest is not valid")]
    Manifest {
        /// The reason.
        #[source]
        source: yaml_serde::Error,
    },
    /// A shared cluster had failed to start for an earlier test.
    #[error("the shared test cluster did not start: {reason}")]
    Shared {
        /// The first failure with its causes.
        reason: String,
    },
    /// A feature of the cluster was not asked for at its start.
    #[error("the test cluster was built without .{part}()")]
    NotBuilt {
        /// The builder's method.
        part: &'static str,
    },
}

impl Error {
    /// Whether the error only says that programs are not installed.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// Whether a server lost its port to another process, so that new ports help.
    pub(super) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Exited { log, .. } if log.contains("address already in use"))
    }
}

impl From<kube::Error> for Error {
    fn from(source: kube::Error) -> Self {
        Self::Api { source: Box::new(source) }
    }
}

impl From<kube::config::KubeconfigError> for Error {
    fn from(source: kube::config::KubeconfigError) -> Self {
        Self::Kubeconfig { source }
    }
}
