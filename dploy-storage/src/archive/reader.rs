//! The reader as a port.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock, mpsc},
    thread,
};

use dploy_core::releases::{
    file::ArchiveFile,
    ports::{ArchiveError, ArchiveReader, Work},
};
use futures::{
    FutureExt as _,
    future::BoxFuture,
    stream::{self, BoxStream, StreamExt as _},
};
use tokio::sync::oneshot;

use super::{files::Files, limits::Limits};

/// Reads tar.gz archives under limits, on one thread of the process for all of them.
///
/// Of what a thread frees, the allocator keeps much for that thread: on many of them a large archive would leave its memory
/// behind as often as there are threads, and large ones that come at once would need theirs at once. Archives take turns,
/// file by file.
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
        in_turn(|| work.run()).boxed()
    }
}

/// Reads one file, and gives back what reads the next one.
async fn step(files: Option<Files>) -> Option<(Result<ArchiveFile, ArchiveError>, Option<Files>)> {
    let mut files = files?;
    match in_turn(move || files.next().map(|file| (file, files))).await {
        Ok(None) => None,
        Ok(Some((file, files))) => Some((file, Some(files))),
        Err(error) => Some((Err(error), None)),
    }
}

/// What waits for its turn.
type Turn = Box<dyn FnOnce() + Send>;

/// Where it waits. Without a thread everything is refused.
static TURNS: LazyLock<mpsc::Sender<Turn>> = LazyLock::new(|| {
    let (sender, turns) = mpsc::channel::<Turn>();
    let work = move || turns.into_iter().for_each(|turn| drop(catch_unwind(AssertUnwindSafe(turn))));
    if let Err(error) = thread::Builder::new().name("archives".to_owned()).spawn(work) {
        tracing::error!(error = %error, "no archive can be read: the thread for it could not be started");
    }
    sender
});

/// Does it when all that came before is done.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ArchiveError> {
    let (sender, done) = oneshot::channel();
    // Whom nobody waits for any more needs no turn.
    let turn = move || {
        if !sender.is_closed() {
            drop(sender.send(work()))
        }
    };
    // Of a turn that was refused the sender is dropped, which the receiver sees.
    drop(TURNS.send(Box::new(turn)));
    done.await.map_err(|error| ArchiveError::Unavailable(error.into()))
}
