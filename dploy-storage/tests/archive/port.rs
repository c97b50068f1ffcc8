//! The reader as the releases domain sees it.

use std::sync::Arc;

use dploy_core::releases::ports::{ArchiveError, ArchiveReader};
use dploy_storage::archive::{Limits, TarGzReader};
use futures::StreamExt as _;

use super::build::Tar;

#[tokio::test]
async fn files_come_one_by_one_and_the_end_was_read() {
    let tar = Tar::default().file("b.yaml", "1").file("sub/a.yaml", "2");
    let reader: Arc<dyn ArchiveReader> = Arc::new(TarGzReader::default());
    let files: Vec<_> = reader.read(tar.packed()).map(|file| file.unwrap().path.to_string()).collect().await;
    assert_eq!(files, ["b.yaml", "sub/a.yaml"]);
}

#[tokio::test]
async fn nothing_follows_an_error() {
    let tar = Tar::default().file("a.yaml", "1").file("../b.yaml", "2").file("c.yaml", "3");
    let mut files = TarGzReader::default().read(tar.packed());
    assert!(files.next().await.unwrap().is_ok());
    assert!(matches!(files.next().await, Some(Err(ArchiveError::Path { .. }))));
    assert!(files.next().await.is_none());
}

#[tokio::test]
async fn a_reader_may_have_other_limits() {
    let reader = TarGzReader::new(Limits { files: 1, ..Limits::default() });
    let files: Vec<_> = reader.read(Tar::default().file("a", "").file("b", "").packed()).collect().await;
    assert!(files[0].is_ok() && matches!(files[1], Err(ArchiveError::TooLarge { limit: 1, .. })));
}

#[tokio::test]
async fn many_archives_are_read_at_once() {
    let packed = Tar::default().file("a.yaml", "1").file("b.yaml", "2").packed();
    let reads = (0..64).map(|_| TarGzReader::default().read(Arc::clone(&packed)).count());
    assert!(futures::future::join_all(reads).await.into_iter().all(|count| count == 2));
}
