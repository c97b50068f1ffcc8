//! Uploads that come as a stream.

use std::{io, pin::pin};

use bytes::Bytes;
use dploy_core::{
    artifact::{ArtifactKey, ExactBytes},
    id::hex,
};
use futures::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::{fs::File, io::AsyncWriteExt as _};

use super::{FolderArtifacts, ReceiveError, incoming, store::failed};

impl FolderArtifacts {
    /// Stores the body under the key, in the place of what was there; returns how many bytes it has. It goes to the disk
    /// as it comes, and becomes the artifact when it came whole; of one that is refused or breaks off, nothing is kept.
    ///
    /// `limit` bytes are taken at most, and where `exact` is given, only those bytes. The caller bounds how long the
    /// body may take; when the future is dropped, nothing is kept.
    ///
    /// # Errors
    /// [`ReceiveError`] says what was wrong with the body, or that it could not be stored.
    pub async fn receive<B, E>(
        &self,
        key: &ArtifactKey,
        body: B,
        limit: u64,
        exact: Option<&ExactBytes>,
    ) -> Result<u64, ReceiveError>
    where
        B: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let bounds = Bounds { limit, exact };
        bounds.announced()?;
        let file = self.blocking(|root| incoming::create(root).map_err(failed)).await.map_err(ReceiveError::Store)?;
        let writer = file.as_file().try_clone().map_err(stored)?;
        let size = bounds.copy(body, File::from_std(writer)).await?;
        let key = key.clone();
        let published = self.blocking(move |root| incoming::publish(root, file, &key).map_err(failed)).await;
        published.map_err(ReceiveError::Store)?;
        Ok(size)
    }
}

fn stored(error: io::Error) -> ReceiveError {
    ReceiveError::Store(failed(error))
}

/// What a body may be.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    limit: u64,
    exact: Option<&'a ExactBytes>,
}

impl Bounds<'_> {
    /// Refuses what cannot come right.
    fn announced(self) -> Result<(), ReceiveError> {
        match self.exact {
            Some(exact) if exact.size > self.limit => Err(ReceiveError::TooLarge(self.limit)),
            _ => Ok(()),
        }
    }

    /// Writes the body to the file while it keeps within the bounds.
    async fn copy<B, E>(self, body: B, mut file: File) -> Result<u64, ReceiveError>
    where
        B: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut body = pin!(body);
        let (mut size, mut hasher) = (0, Sha256::new());
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| ReceiveError::Body(error.into()))?;
            size = self.within(size, &chunk)?;
            hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(stored)?;
        }
        file.flush().await.map_err(stored)?;
        self.whole(size, &hasher.finalize())?;
        Ok(size)
    }

    /// The size with one more chunk.
    fn within(self, size: u64, chunk: &Bytes) -> Result<u64, ReceiveError> {
        let size = size.saturating_add(chunk.len() as u64);
        match self.exact {
            Some(exact) if size > exact.size => Err(ReceiveError::Size(exact.size)),
            _ if size > self.limit => Err(ReceiveError::TooLarge(self.limit)),
            _ => Ok(size),
        }
    }

    fn whole(self, size: u64, sha256: &[u8]) -> Result<(), ReceiveError> {
        match self.exact {
            Some(exact) if size != exact.size => Err(ReceiveError::Size(exact.size)),
            Some(exact) if hex(sha256) != exact.sha256 => Err(ReceiveError::Digest(exact.sha256.clone())),
            _ => Ok(()),
        }
    }
}
