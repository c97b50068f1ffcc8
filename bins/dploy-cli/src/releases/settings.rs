//! The configuration file that clients of the release service share: `~/.deploysmith/config.yaml`.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    output::{Format, text_of},
    private_file,
    token::Token,
};

/// What the file holds; other fields are not touched.
#[derive(Serialize, Deserialize, Default, Debug)]
pub(crate) struct Settings {
    /// The server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// The API key; the original writes it in lower case.
    #[serde(rename = "apiKey", alias = "apikey", skip_serializing_if = "Option::is_none")]
    pub(crate) api_key: Option<Token>,
    #[serde(flatten)]
    others: serde_json::Map<String, serde_json::Value>,
}

impl Settings {
    /// What `file` holds, or the file in the user's home where none is named; nothing where that is not there.
    ///
    /// # Errors
    /// A named file is not there; a file cannot be read or holds no such settings, which are not repeated.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = file.map(Path::to_owned).or_else(in_home) else { return Ok(Self::default()) };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) if file.is_none() && cause.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(Error::File { action: "read", path, source }),
        };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // What a parser says of a broken file may quote it, and the file holds a key.
        yaml_serde::from_str(&text).map_err(|_| Error::Content {
            path,
            expected: "a configuration",
            source: "accepted is YAML with the texts `url` and `apiKey`".into(),
        })
    }

    /// Stores them in `file`, or in the user's home, readable by the user alone; returns where.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn save(&self, file: Option<&Path>) -> Result<PathBuf, Error> {
        let path = file.map(Path::to_owned).or_else(in_home).ok_or_else(|| Error::usage("HOME is not set"))?;
        let text = text_of(self, Format::Yaml).unwrap_or_default();
        private_file::write(&path, text.as_bytes()).map_err(|source| Error::File {
            action: "write",
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }
}

fn in_home() -> Option<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute())?;
    Some(home.join(".deploysmith").join("config.yaml"))
}
