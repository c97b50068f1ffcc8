/// Why the key set of a provider could not be fetched. Its text may name the provider: it is for logs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is not an absolute `http` or `https` URL.
    #[error("`{0}` is not an http or https URL")]
    Url(String),
    /// No HTTP client could be made, for instance because the machine has no certificates.
    #[error("cannot set up an HTTP client")]
    Client(#[source] reqwest::Error),
    /// The provider does not answer, or not in time.
    #[error("cannot fetch the key set")]
    Request(#[source] reqwest::Error),
    /// The provider answers with something else than 200.
    #[error("the key set's address answers with status {0}")]
    Status(u16),
    /// The document is larger than the limit.
    #[error("the key set is larger than {0} bytes")]
    TooLarge(usize),
    /// The document is not a key set.
    #[error("the document is not a key set")]
    Malformed(#[source] serde_json::Error),
}
