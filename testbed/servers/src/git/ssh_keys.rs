//! Keys of OpenSSH, made by `ssh-keygen`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, programs};

/// A pair of keys in files `<path>` and `<path>.pub`.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) path: PathBuf,
    /// `ssh-ed25519 AAAA…`, without a comment.
    pub(super) public: String,
    /// `SHA256:…`, as `ssh` prints it.
    pub(super) fingerprint: String,
}

impl Key {
    /// Makes an Ed25519 key without a passphrase.
    pub(super) fn generate(keygen: &Path, path: PathBuf) -> Result<Self, Error> {
        let mut make = Command::new(keygen);
        make.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&path);
        programs::output(&mut make)?;
        let file = path.with_extension("pub");
        let public = fs::read_to_string(&file).map_err(Error::file(&file))?.trim().to_owned();
        let mut show = Command::new(keygen);
        show.args(["-l", "-E", "sha256", "-f"]).arg(&file);
        let shown = programs::output(&mut show)?;
        let shown = String::from_utf8_lossy(&shown).into_owned();
        let fingerprint = shown.split_whitespace().find(|word| word.starts_with("SHA256:")).unwrap_or_default();
        Ok(Self { path, public, fingerprint: fingerprint.to_owned() })
    }
}
