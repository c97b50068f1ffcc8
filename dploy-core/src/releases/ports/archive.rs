use std::{fmt, sync::Arc};

use futures::{channel::oneshot, future::BoxFuture, stream::BoxStream};

use crate::releases::file::{ArchiveFile, InvalidPath};

/// Reads archives that strangers made.
///
/// # Contract
/// - Files come in the archive's order, whole, one in memory at a time; reading happens off the asynchronous threads.
/// - It ends after the first error. An archive without error has no two files of one path, and no file that is a folder
///   of another; it was read to its very end.
/// - Whatever the archive holds, memory stays within the largest file that is allowed and a few buffers.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait ArchiveReader: Send + Sync + fmt::Debug {
    /// The regular files of the archive.
    fn read(&self, packed: Arc<[u8]>) -> BoxStream<'static, Result<ArchiveFile, ArchiveError>>;

    /// Does what takes long with files where they are read: off the asynchronous threads. It answers when `work` is done.
    ///
    /// # Errors
    /// [`ArchiveError::Unavailable`] where the work could not be done or ended early.
    fn work(&self, work: Work) -> BoxFuture<'static, Result<(), ArchiveError>>;
}

/// Work that takes long, to be done once.
pub struct Work(Box<dyn FnOnce() + Send>);

impl Work {
    /// Does it.
    pub fn run(self) {
        (self.0)();
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}

/// What `work` makes of files that `archives` reads, [off the asynchronous threads](ArchiveReader::work).
///
/// # Errors
/// As [`ArchiveReader::work`].
pub(crate) async fn made<T: Send + 'static>(
    archives: &dyn ArchiveReader,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ArchiveError> {
    let (sender, receiver) = oneshot::channel();
    // Whoever asked may not wait for it any more.
    archives.work(Work(Box::new(move || drop(sender.send(work()))))).await?;
    receiver.await.map_err(|error| ArchiveError::Unavailable(error.into()))
}

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It is not compressed as gzip (RFC 1952).
    #[error("the archive must be a gzip-compressed tar")]
    NotGzip,
    /// What gzip holds is no tar (POSIX ustar, pax or GNU).
    #[error("the archive holds no tar")]
    NotTar,
    /// It ends before its end.
    #[error("the archive is cut off")]
    Truncated,
    /// It is larger than allowed.
    #[error("the archive's {what} must be at most {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// How large it may be.
        limit: u64,
    },
    /// Something follows its end.
    #[error("the archive must end after its last file")]
    Trailing,
    /// The path of an entry is refused.
    #[error("entry `{name}` of the archive is refused")]
    Path {
        /// The entry's name, its control characters escaped.
        name: String,
        /// What is wrong with it.
        #[source]
        problem: InvalidPath,
    },
    /// An entry is refused for what it is.
    #[error("entry `{name}` of the archive is {problem}; only files and folders of different names are accepted")]
    Entry {
        /// The entry's name, its control characters escaped.
        name: String,
        /// What it is: `a symbolic link`, `a duplicate`.
        problem: &'static str,
    },
    /// This machine could not read it.
    #[error("the archive could not be read")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
