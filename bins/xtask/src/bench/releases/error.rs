use crate::process;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be built or run, or a file not be written.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// A server or a repository to measure with could not be made.
    #[error("what is measured with could not be started")]
    Servers(#[from] dploy_servers::Error),
    /// The server of the releases did not come up.
    #[error("the server is not ready\n{log}")]
    NotReady { log: String },
    /// The server did not answer.
    #[error("the server did not answer: {what}")]
    Request {
        what: String,
        #[source]
        source: reqwest::Error,
    },
    /// The server answered something else than what the row is about.
    #[error("{what} was answered by {answer}")]
    Answer { what: String, answer: String },
    /// Rows could not be put into a database.
    #[error("a database could not be filled")]
    Database(#[from] sqlx::Error),
    /// Work in another thread ended early.
    #[error("a measurement ended early")]
    Ended(#[from] tokio::task::JoinError),
}
