//! Why the operator ended.

/// Why the operator could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An environment variable cannot be read.
    #[error("the environment variable {0}")]
    Variable(#[from] dploy_core::environments::settings::InvalidVariable),
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
