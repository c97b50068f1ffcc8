//! URLs as Go's `net/url` reads and writes them, which is not how browsers do.

mod escape;
mod host;
mod parse;
mod write;

/// The parts of a URL; those of a URL that was parsed are unescaped, except
/// for the query and what is opaque.
#[derive(Debug, Default)]
pub(crate) struct Url {
    pub(crate) scheme: Vec<u8>,
    /// What follows the scheme if it does not begin with a slash
    pub(crate) opaque: Vec<u8>,
    pub(crate) user: Option<User>,
    pub(crate) host: Vec<u8>,
    pub(crate) path: Vec<u8>,
    pub(crate) query: Vec<u8>,
    pub(crate) fragment: Vec<u8>,
}

/// What stands in front of the host.
#[derive(Debug)]
pub(crate) struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}
