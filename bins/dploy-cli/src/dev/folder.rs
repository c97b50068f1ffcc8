//! The folder that `dploy dev` keeps everything in.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use dploy_core::releases::api_key::KeySecret;

use crate::{error::Error, private_file, token::Token};

use super::SAMPLE;

/// The manifest of the sample application.
const MANIFEST: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello
spec:
  selector:
    matchLabels: { app: hello }
  template:
    metadata:
      labels: { app: hello }
    spec:
      containers:
        - name: hello
          image: registry.k8s.io/e2e-test-images/agnhost:2.53
          args: [netexec, --http-port=8080]
          ports: [{ containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata:
  name: hello
spec:
  selector: { app: hello }
  ports: [{ port: 80, targetPort: 8080 }]
";

/// The folder: `dploy.db`, `artifacts`, `gitops.git`, `clones`, `key`, and the sample application's manifests.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    key: Token,
}

impl Folder {
    /// The folder at `path`, with whatever was missing made.
    ///
    /// # Errors
    /// A file cannot be read or written, or git cannot make the repository.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let key = path.join("key");
        if !key.exists() {
            let secret = KeySecret::generate(rand::random());
            private_file::write(&key, secret.expose().as_bytes()).map_err(|source| failed("write", &key, source))?;
        }
        let path = fs::canonicalize(path).map_err(|source| failed("read", path, source))?;
        let text = fs::read_to_string(path.join("key")).map_err(|source| failed("read", &key, source))?;
        let folder = Self { key: Token::parse(&text)?, path };
        folder.repository()?;
        folder.sample()?;
        Ok(folder)
    }

    /// The key that may do everything.
    pub(super) fn key(&self) -> &Token {
        &self.key
    }

    /// The bare gitops repository.
    pub(super) fn gitops(&self) -> PathBuf {
        self.path.join("gitops.git")
    }

    /// Where the sample application's manifests are.
    pub(super) fn manifests(&self) -> PathBuf {
        self.path.join(SAMPLE)
    }

    /// The file with the key.
    pub(super) fn key_file(&self) -> PathBuf {
        self.path.join("key")
    }

    /// What the server's variables are here.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let below = |name: &str| Some(self.path.join(name).display().to_string());
        match name {
            "API_KEYS" => Some(self.key.secret().to_owned()),
            "ARTIFACT_STORE" => Some("folder".to_owned()),
            "ARTIFACT_FOLDER" => below("artifacts"),
            "DB_PATH" => below("dploy.db"),
            "GITOPS_DATA_FOLDER" => below("clones"),
            "GITOPS_REPO" => Some(self.gitops().display().to_string()),
            _ => None,
        }
    }

    fn repository(&self) -> Result<(), Error> {
        let path = self.gitops();
        if path.exists() {
            return Ok(());
        }
        let mut git = Command::new("git");
        git.args(["init", "--quiet", "--bare", "--initial-branch=main", "--"]).arg(&path).stdin(Stdio::null());
        let made = git.status().map_err(|source| failed("make a repository with git in", &path, source))?;
        if made.success() {
            return Ok(());
        }
        Err(failed("make a repository with git in", &path, io::Error::other(format!("git ended with {made}"))))
    }

    fn sample(&self) -> Result<(), Error> {
        let (folder, file) = (self.manifests(), self.manifests().join("hello.yaml"));
        if folder.exists() {
            return Ok(());
        }
        fs::create_dir(&folder).map_err(|source| failed("make", &folder, source))?;
        fs::write(&file, MANIFEST).map_err(|source| failed("write", &file, source))
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { action, path: path.to_owned(), source }
}
