use crate::process;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be built or run, or a file not be read.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The cluster could not be started or read.
    #[error("the cluster to measure on failed")]
    Cluster(#[from] dploy_k8s::testing::Error),
    /// The API server refused a request of the measurement itself.
    #[error("the API server refused what is measured with")]
    Kube(#[from] Box<kube::Error>),
    /// The identity provider to measure with failed.
    #[error("the identity provider failed")]
    Provider(#[from] Box<dploy_auth::testing::Error>),
    /// The server did not answer.
    #[error("the server did not answer")]
    Request(#[from] reqwest::Error),
    /// Something did not come about, or another answer came than the row is about.
    #[error("{what}: {found}")]
    Unexpected { what: &'static str, found: String },
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        Self::Kube(Box::new(error))
    }
}
