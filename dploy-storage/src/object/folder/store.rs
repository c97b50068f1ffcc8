use std::{
    fs::DirBuilder,
    io::{self, Read as _, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    sync::Arc,
};

use async_trait::async_trait;
use dploy_core::{
    artifact::{ArtifactEntry, ArtifactError, ArtifactKey, ArtifactStore},
    random::Random,
    time::Clock,
};
use futures::stream::BoxStream;

use super::{FolderError, FolderSigner, incoming, layout, listing, secret, tree};

/// Artifacts in a local folder.
///
/// What was stored is on the disk when [`put`](ArtifactStore::put) returns: the file and its folder are synchronised.
/// A key that is the folder of another (`a` beside `a/b`) is refused.
#[derive(Clone, Debug)]
pub struct FolderArtifacts {
    pub(super) root: Arc<Path>,
    clock: Arc<dyn Clock>,
}

impl FolderArtifacts {
    /// Opens the folder at `root`, making it if it is not there, and removes what writers left there that crashed more
    /// than an hour ago. Blocks for a moment.
    ///
    /// # Errors
    /// [`FolderError::Unusable`]: the folder cannot be made or written.
    pub fn open(root: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<Self, FolderError> {
        let root = root.as_ref();
        for path in [root.to_owned(), root.join(layout::ARTIFACTS), root.join(layout::INCOMING)] {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
            made.map_err(FolderError::unusable(path))?;
        }
        for name in [layout::ARTIFACTS, layout::INCOMING] {
            tree::open(root, name).map_err(FolderError::unusable(root.join(name)))?;
        }
        incoming::sweep(root, clock.as_ref()).map_err(FolderError::unusable(root))?;
        incoming::create(root).map_err(FolderError::unusable(root))?;
        Ok(Self { root: Arc::from(root), clock })
    }

    /// The signer of uploads to this folder, whose URLs begin with `public_base` and `/uploads/`. Its secret is made of
    /// the caller's random bytes at the first start and kept; all processes on the folder share it.
    ///
    /// # Errors
    /// The secret cannot be read or written, or is not one; or `public_base` is not an http or https URL.
    pub fn signer(&self, public_base: &str, random: &dyn Random) -> Result<FolderSigner, FolderError> {
        let secret = secret::load(&self.root, random)?;
        FolderSigner::new(&secret, public_base, Arc::clone(&self.clock))
    }

    /// Does what may wait for the disk where it holds up nobody.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, ArtifactError> + Send + 'static,
    ) -> Result<T, ArtifactError> {
        let root = Arc::clone(&self.root);
        let done = tokio::task::spawn_blocking(move || work(&root)).await;
        done.unwrap_or_else(|error| Err(ArtifactError::Unavailable(error.into())))
    }
}

/// What the file system's error is to the port.
pub(super) fn failed(error: io::Error) -> ArtifactError {
    match error.kind() {
        io::ErrorKind::PermissionDenied => ArtifactError::Denied(error.into()),
        _ => ArtifactError::Unavailable(error.into()),
    }
}

fn write(root: &Path, key: &ArtifactKey, bytes: &[u8]) -> io::Result<()> {
    let mut file = incoming::create(root)?;
    file.write_all(bytes)?;
    incoming::publish(root, file, key)
}

fn read(root: &Path, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
    let top = tree::open(root, layout::ARTIFACTS).map_err(failed)?;
    let (folders, name) = layout::place(key);
    let way = tree::descend(top, &folders).map_err(absent)?;
    let folder = way.last().ok_or(ArtifactError::NotFound)?;
    let file = tree::file(folder, &name).map_err(absent)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(ArtifactError::NotFound);
    }
    if !metadata.is_file() {
        return Err(ArtifactError::Unavailable("it is not a plain file".into()));
    }
    if metadata.len() > limit {
        return Err(ArtifactError::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit { Err(ArtifactError::TooLarge(limit)) } else { Ok(Arc::from(bytes)) }
}

fn absent(error: io::Error) -> ArtifactError {
    if tree::is_absent(&error) { ArtifactError::NotFound } else { failed(error) }
}

fn remove(root: &Path, key: &ArtifactKey) -> io::Result<()> {
    let top = tree::open(root, layout::ARTIFACTS)?;
    let (folders, name) = layout::place(key);
    match tree::descend(top, &folders) {
        Err(error) if tree::is_absent(&error) => Ok(()),
        way => tree::remove(&way?, &folders, &name),
    }
}

fn look(root: &Path) -> io::Result<()> {
    tree::open(root, layout::ARTIFACTS)?;
    incoming::create(root)?.write_all(b"ready")
}

#[async_trait]
impl ArtifactStore for FolderArtifacts {
    async fn put(&self, key: &ArtifactKey, bytes: Arc<[u8]>) -> Result<(), ArtifactError> {
        let key = key.clone();
        self.blocking(move |root| write(root, &key, &bytes).map_err(failed)).await
    }

    async fn get(&self, key: &ArtifactKey, limit: u64) -> Result<Arc<[u8]>, ArtifactError> {
        let key = key.clone();
        self.blocking(move |root| read(root, &key, limit)).await
    }

    async fn remove(&self, key: &ArtifactKey) -> Result<(), ArtifactError> {
        let key = key.clone();
        self.blocking(move |root| remove(root, &key).map_err(failed)).await
    }

    fn list(&self, prefix: &ArtifactKey) -> BoxStream<'static, Result<ArtifactEntry, ArtifactError>> {
        listing::below(self.clone(), prefix)
    }

    async fn ready(&self) -> Result<(), ArtifactError> {
        self.blocking(|root| look(root).map_err(failed)).await
    }
}
