//! The reader as a port.

use std::sync::Arc;

use dploy_core::releases::{
    file::ArchiveFile,
    ports::{ArchiveError, ArchiveReader, Work},
};
use futures::{
    FutureExt as _, TryFutureExt as _,
    future::BoxFuture,
    stream::{self, BoxStream, StreamExt as _},
};
use tokio::task;

use super::{files::Files, limits::Limits};

/// Reads tar.gz archives under limits, on tokio's threads for blocking work.
///
/// A file is unpacked when it is asked for, so the one that the caller holds is the only one in memory, and dropping
/// the stream ends the work.
#[derive(Clone, Copy, Debug, Default)]
pub struct TarGzReader {
    limits: Limits,
}

impl TarGzReader {
    /// A reader with other limits than the default ones.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl ArchiveReader for TarGzReader {
    fn read(&self, packed: Arc<[u8]>) -> BoxStream<'static, Result<ArchiveFile, ArchiveError>> {
        stream::unfold(Some(Files::new(packed, self.limits)), step).boxed()
    }

    fn work(&self, work: Work) -> BoxFuture<'static, Result<(), ArchiveError>> {
        let done = async { task::spawn_blocking(|| work.run()).await };
        done.map_err(|error| ArchiveError::Unavailable(error.into())).boxed()
    }
}

/// Reads one file, and gives back what reads the next one.
async fn step(files: Option<Files>) -> Option<(Result<ArchiveFile, ArchiveError>, Option<Files>)> {
    let mut files = files?;
    let read = task::spawn_blocking(move || files.next().map(|file| (file, files)));
    match read.await {
        Ok(None) => None,
        Ok(Some((file, files))) => Some((file, Some(files))),
        Err(error) => Some((Err(ArchiveError::Unavailable(error.into())), None)),
    }
}
