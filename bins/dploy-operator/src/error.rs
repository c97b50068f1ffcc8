//! Why the operator ended.

/// Why the operator could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An environment variable cannot be read.
    #[error("the environment variable {0}")]
    Variable(#[from] dploy_core::environments::settings::InvalidVariable),
    /// An environment variable that stands for a flag cannot be read.
    #[error("the environment variable {name} {refusal}")]
    Setting {
        /// Its name.
        name: String,
        /// What it must be.
        refusal: String,
    },
    /// There is no way to reach a cluster: neither in-cluster configuration nor a kubeconfig.
    #[error("cannot find a cluster: set KUBECONFIG, or run inside one")]
    Kubeconfig(#[source] Box<kube::Error>),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Another process leads now; this one must not write any more and should be started again.
    #[error("leadership was lost")]
    LostLeadership,
}

impl Error {
    /// What clap says of the value of a variable.
    pub(crate) fn setting(name: String, error: &clap::Error) -> Self {
        let refusal = std::error::Error::source(error).map_or_else(|| error.kind().to_string(), ToString::to_string);
        Self::Setting { name, refusal }
    }
}
