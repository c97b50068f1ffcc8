//! Which server and which token: options, environment variables, the user's configuration file, in this order.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Area, Error},
    private_file,
    token::{Credential, Token},
};

/// The server to talk to, and the token for it.
#[derive(Debug)]
pub(crate) struct Access {
    /// The base URL of the server.
    pub(crate) server: Url,
    /// What the server knows the caller by, if anything is known for that server.
    pub(crate) credential: Option<Credential>,
}

/// What `dploy login` stores.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Stored {
    server: String,
    token: Token,
}

impl Access {
    /// Finds server and token: `server` (option or `DPLOY_SERVER`) before the stored one; `token_file` before
    /// `DPLOY_TOKEN` before the stored one.
    ///
    /// A stored token is sent to the server it was stored for and to no other.
    ///
    /// # Errors
    /// No server is known, its URL is not usable, or the token or the configuration cannot be read.
    pub(crate) fn resolve(server: Option<&str>, token_file: Option<&Path>) -> Result<Self, Error> {
        let stored = Stored::load()?;
        let server = match server.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => parse_server(text)?,
            None => parse_server(&stored.as_ref().ok_or(Error::NoServer { area: Area::Environments })?.server)?,
        };
        let token = match given_token(token_file)? {
            Some(token) => Some(token),
            None => stored.and_then(|stored| stored.token_for(&server)),
        };
        Ok(Self { server, credential: token.map(Credential::Bearer) })
    }
}

/// The token that options or environment give, without asking for a server.
///
/// # Errors
/// It cannot be read.
pub(crate) fn given_token(file: Option<&Path>) -> Result<Option<Token>, Error> {
    if let Some(file) = file {
        return read_token(file).map(Some);
    }
    match env::var("DPLOY_TOKEN") {
        Ok(text) if !text.trim().is_empty() => Token::parse(&text).map(Some),
        Err(env::VarError::NotUnicode(_)) => Err(Error::usage("DPLOY_TOKEN holds characters that a token cannot have")),
        _ => Ok(None),
    }
}

/// The token that options, environment or configuration give, whichever server it is for.
///
/// # Errors
/// It cannot be read, or there is none.
pub(crate) fn any_token(file: Option<&Path>) -> Result<Token, Error> {
    match given_token(file)? {
        Some(token) => Ok(token),
        None => Stored::load()?
            .map(|stored| stored.token)
            .ok_or_else(|| Error::NoToken { server: "any server".to_owned(), area: Area::Environments }),
    }
}

/// The token in `file`.
///
/// # Errors
/// It cannot be read or holds no token.
pub(crate) fn read_token(file: &Path) -> Result<Token, Error> {
    let failed = |source| Error::File { action: "read", path: file.to_owned(), source };
    Token::parse(&fs::read_to_string(file).map_err(failed)?)
}

/// Reads a server's URL: `http` or `https`, without credentials, query or fragment.
///
/// # Errors
/// A usage error that says what is accepted.
pub(crate) fn parse_server(text: &str) -> Result<Url, Error> {
    let refused = |why: &str| Error::usage(format!("{why}: a server is given as https://host[:port][/path]"));
    let mut url = Url::parse(text).map_err(|_| refused("the server is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refused("the server is not an HTTP URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("the server's URL holds credentials"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("the server's URL has a query or a fragment"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

impl Stored {
    /// What is stored, if anything is.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn load() -> Result<Option<Self>, Error> {
        let Some(path) = path() else { return Ok(None) };
        match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(stored) => Ok(Some(stored)),
                Err(source) => {
                    Err(Error::Content { path, expected: "a configuration of dploy", source: source.into() })
                }
            },
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File { action: "read", path, source }),
        }
    }

    /// The server that the token is for.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// The token, where `server` is the one that it is for.
    pub(crate) fn token_for(self, server: &Url) -> Option<Token> {
        parse_server(&self.server).is_ok_and(|url| url == *server).then_some(self.token)
    }

    /// Stores server and token for later commands, readable by the user alone; returns where.
    ///
    /// The file appears complete or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn save(server: &Url, token: &Token) -> Result<PathBuf, Error> {
        let path = path().ok_or_else(|| Error::usage("neither XDG_CONFIG_HOME nor HOME is set"))?;
        let stored = Self { server: display(server), token: token.clone() };
        let failed = |source| Error::File { action: "write", path: path.clone(), source };
        let mut text = serde_json::to_vec_pretty(&stored).map_err(|cause| failed(cause.into()))?;
        text.push(b'\n');
        private_file::write(&path, &text).map_err(failed)?;
        Ok(path)
    }
}

/// The URL as people write it: without the slash of an empty path.
pub(crate) fn display(server: &Url) -> String {
    server.as_str().trim_end_matches('/').to_owned()
}

/// `$XDG_CONFIG_HOME/dploy/config.json`, else `~/.config/dploy/config.json` (XDG Base Directory Specification).
fn path() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(folder.join("dploy").join("config.json"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://dploy.example.org/", "https://dploy.example.org")]
    #[case("http://localhost:8080", "http://localhost:8080")]
    #[case("https://example.org/dploy//", "https://example.org/dploy")]
    fn a_server_is_normalised(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(display(&parse_server(text).unwrap()), expected);
    }

    #[rstest]
    #[case("dploy.example.org")]
    #[case("ftp://example.org")]
    #[case("https://user:s3cret@example.org")]
    #[case("https://example.org/?token=s3cret")]
    fn other_urls_are_refused_without_repeating_them(#[case] text: &str) {
        let error = parse_server(text).unwrap_err().to_string();
        assert!(error.contains("https://host[:port][/path]") && !error.contains("s3cret"), "{error}");
    }
}
