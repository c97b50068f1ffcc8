/// Why the test provider failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is in use or not this machine's.
    #[error("cannot listen on loopback")]
    Listen(#[source] std::io::Error),
    /// No key could be generated.
    #[error("cannot generate a key")]
    Generate,
    /// The key could not be used.
    #[error("cannot use the generated key")]
    Key(#[source] jsonwebtoken::errors::Error),
    /// The key could not be published.
    #[error("cannot write the key as JSON")]
    Publish(#[source] serde_json::Error),
    /// Claims have to be a JSON object.
    #[error("claims are not a JSON object")]
    Claims,
}
