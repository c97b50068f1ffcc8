//! The reader as a port.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
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

/// Reads tar.gz archives under limits, on one thread of the process for all of them, and works with what was read on another.
///
/// Of what a thread frees, the allocator keeps much for that thread: on many of them a large archive would leave its memory
/// behind as often as there are threads, and large ones that come at once would need theirs at once. Archives take turns,
/// file by file, and pieces of work do.
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
        in_turn(&WORK, || work.run()).boxed()
    }
}

/// Reads one file, and gives back what reads the next one.
async fn step(files: Option<Files>) -> Option<(Result<ArchiveFile, ArchiveError>, Option<Files>)> {
    let mut files = files?;
    match in_turn(&FILES, move || files.next().map(|file| (file, files))).await {
        Ok(None) => None,
        Ok(Some((file, files))) => Some((file, Some(files))),
        Err(error) => Some((Err(error), None)),
    }
}

/// What waits for its turn.
type Turn = Box<dyn FnOnce() + Send>;

/// A thread that does one thing after another, from the first one on.
struct Turns(Mutex<Option<mpsc::Sender<Turn>>>);

/// Files are unpacked in small steps, which do not wait for what takes long.
static FILES: Turns = Turns(Mutex::new(None));
static WORK: Turns = Turns(Mutex::new(None));

impl Turns {
    fn wait(&self, turn: Turn) -> io::Result<()> {
        let mut thread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match &*thread {
            Some(sender) => sender,
            None => thread.insert(start()?),
        };
        sender.send(turn).map_err(|_| io::Error::other("the thread that archives are read on has ended"))
    }
}

fn start() -> io::Result<mpsc::Sender<Turn>> {
    let (sender, turns) = mpsc::channel::<Turn>();
    // Whoever waits for a turn that panics is told by the end of its channel.
    let work = move || turns.into_iter().for_each(|turn| drop(catch_unwind(AssertUnwindSafe(turn))));
    thread::Builder::new().name("archives".to_owned()).spawn(work)?;
    Ok(sender)
}

/// Does it when all that came before is done.
async fn in_turn<T: Send + 'static>(
    turns: &Turns,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ArchiveError> {
    let (sender, done) = oneshot::channel();
    let turn = move || {
        // Whom nobody waits for any more needs no turn.
        if !sender.is_closed() {
            drop(sender.send(work()));
        }
    };
    turns.wait(Box::new(turn)).map_err(|error| ArchiveError::Unavailable(error.into()))?;
    done.await.map_err(|error| ArchiveError::Unavailable(error.into()))
}
