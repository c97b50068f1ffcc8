use std::sync::Arc;

use futures::{FutureExt, StreamExt, future::BoxFuture, stream, stream::BoxStream};

use crate::releases::{
    file::{ArchiveFile, FilePath},
    ports::{ArchiveError, ArchiveReader, Work},
};

/// Archives of tests: a JSON list of pairs of path and text, so that no compression is needed where none is tested.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainArchives;

impl PlainArchives {
    /// An archive of these files.
    #[must_use]
    pub fn pack(files: &[(&str, &str)]) -> Arc<[u8]> {
        serde_json::json!(files).to_string().into_bytes().into()
    }
}

impl ArchiveReader for PlainArchives {
    fn read(&self, packed: Arc<[u8]>) -> BoxStream<'static, Result<ArchiveFile, ArchiveError>> {
        let files: Result<Vec<(String, String)>, _> = serde_json::from_slice(&packed);
        let read = match files {
            Err(_) => vec![Err(ArchiveError::NotGzip)],
            Ok(files) => files.into_iter().map(|(name, text)| file(name, text)).collect(),
        };
        stream::iter(read).boxed()
    }

    fn work(&self, work: Work) -> BoxFuture<'static, Result<(), ArchiveError>> {
        work.run();
        futures::future::ready(Ok(())).boxed()
    }
}

fn file(name: String, text: String) -> Result<ArchiveFile, ArchiveError> {
    match FilePath::parse(&name) {
        Ok(path) => Ok(ArchiveFile { path, bytes: text.into_bytes() }),
        Err(problem) => Err(ArchiveError::Path { name, problem }),
    }
}
