//! What commands of one version tell each other through the folder: `.forge/` until it is published, and the binding in
//! `.deploysmith/app.yaml`.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    error::Error,
    output::{Format, text_of},
    private_file,
    releases::{
        Artifact,
        record::{Draft, Metadata},
    },
};

const FOLDER: &str = ".forge";
const VERSION_INFO: &str = ".forge/version-info";
const UPLOAD_URL: &str = ".forge/upload-url";
const ARCHIVE: &str = ".forge/manifests.tar.gz";
const BINDING: &str = ".deploysmith/app.yaml";

/// The application that a folder belongs to; the file is meant to be committed.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Binding {
    /// Its id.
    pub(crate) app_id: String,
    /// Its name.
    #[serde(default)]
    pub(crate) app_name: String,
}

/// The version that is being made in the folder.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionInfo {
    /// The application's name.
    #[serde(default)]
    pub(crate) app: String,
    /// The application's id.
    pub(crate) app_id: String,
    /// The version.
    pub(crate) version: String,
    /// Where it comes from; the original's files do not say.
    pub(crate) metadata: Option<Metadata>,
    /// Until when the URL can be used.
    pub(crate) upload_expires: Option<String>,
    /// The headers that the upload has to carry.
    #[serde(default)]
    pub(crate) upload_headers: BTreeMap<String, String>,
    /// The archive that was packed for the draft.
    pub(crate) artifact: Option<Artifact>,
}

impl Binding {
    /// The folder's binding, if it has one.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn load() -> Result<Option<Self>, Error> {
        read(Path::new(BINDING), "the binding of an application", |text| {
            yaml_serde::from_slice(text).map_err(|cause| cause.to_string())
        })
    }

    /// Binds the folder; returns the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn save(&self) -> Result<PathBuf, Error> {
        let path = PathBuf::from(BINDING);
        let text = text_of(self, Format::Yaml).unwrap_or_default();
        let written = fs::create_dir_all(".deploysmith").and_then(|()| fs::write(&path, text));
        written.map_err(|source| Error::File { action: "write", path: path.clone(), source })?;
        Ok(path)
    }
}

impl VersionInfo {
    /// The version that is being made, if there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn load() -> Result<Option<Self>, Error> {
        read(Path::new(VERSION_INFO), "what `forge init` writes", json)
    }

    /// Keeps it, with the URL of the upload and the packed archive if there is one, readable by the user alone.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn save(&self, url: &str, archive: Option<&[u8]>) -> Result<(), Error> {
        let text = text_of(self, Format::Json).unwrap_or_default();
        write(UPLOAD_URL, url.as_bytes())?;
        match archive {
            Some(bytes) => write(ARCHIVE, bytes)?,
            None => remove(Path::new(ARCHIVE))?,
        }
        write(VERSION_INFO, text.as_bytes())
    }

    /// The same version with what a draft was answered with.
    pub(crate) fn drafted(self, draft: &Draft, artifact: Option<Artifact>) -> Self {
        let upload_expires = Some(draft.upload_expires.clone());
        Self { upload_expires, upload_headers: draft.upload_headers.clone(), artifact, ..self }
    }
}

/// The URL of the upload, if `forge init` has left one.
///
/// # Errors
/// It cannot be read.
pub(crate) fn upload_url() -> Result<Option<String>, Error> {
    read(Path::new(UPLOAD_URL), "an upload URL", |text| {
        String::from_utf8(text.to_vec()).map(|text| text.trim().to_owned()).map_err(|cause| cause.to_string())
    })
}

/// The archive that `forge init` has packed, if there is one.
///
/// # Errors
/// It cannot be read.
pub(crate) fn packed_archive() -> Result<Option<Vec<u8>>, Error> {
    read(Path::new(ARCHIVE), "an archive", |bytes| Ok(bytes.to_vec()))
}

/// Forgets the version that was being made.
///
/// # Errors
/// The folder cannot be removed.
pub(crate) fn forget() -> Result<(), Error> {
    match fs::remove_dir_all(FOLDER) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::File { action: "remove", path: FOLDER.into(), source })
        }
        _ => Ok(()),
    }
}

/// The application that the folder is bound to, else the one whose version is being made in it.
///
/// # Errors
/// There is neither, or it cannot be read.
pub(crate) fn bound_application() -> Result<String, Error> {
    // The name is what people are asked about; files of the original's may lack it.
    let name = |name: String, id: String| if name.is_empty() { id } else { name };
    if let Some(binding) = Binding::load()? {
        return Ok(name(binding.app_name, binding.app_id));
    }
    VersionInfo::load()?.map(|info| name(info.app, info.app_id)).ok_or(Error::NoApplication)
}

fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    serde_json::from_slice(text).map_err(|cause| cause.to_string())
}

fn read<T>(
    path: &Path,
    expected: &'static str,
    parse: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<Option<T>, Error> {
    match fs::read(path) {
        Ok(text) => parse(&text).map(Some).map_err(|source| Error::Content {
            path: path.to_owned(),
            expected,
            source: source.into(),
        }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File { action: "read", path: path.to_owned(), source }),
    }
}

fn write(path: &str, bytes: &[u8]) -> Result<(), Error> {
    private_file::write(Path::new(path), bytes).map_err(|source| Error::File {
        action: "write",
        path: path.into(),
        source,
    })
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::File { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
