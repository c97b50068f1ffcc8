//! What reading an archive costs in memory, measured at the allocator. One test, so that nothing else allocates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "archive/build.rs"]
mod build;
#[path = "archive/hostile.rs"]
mod hostile;

use std::sync::Arc;

use dploy_storage::archive::{Files, Limits};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How much memory reading takes at most, beside the packed bytes, and how it ends.
fn peak(packed: &Arc<[u8]>) -> (usize, usize, Option<String>) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let (mut files, mut refused) = (0, None);
    for file in Files::new(Arc::clone(packed), Limits::default()) {
        match file {
            Ok(_) => files += 1,
            Err(error) => refused = Some(error.to_string()),
        }
    }
    (MEMORY.peak_usage() - before, files, refused)
}

#[test]
fn s25_w10_memory_stays_small_whatever_comes() {
    for hostile::Hostile { name, packed, refusal, memory } in hostile::corpus() {
        let (peak, files, refused) = peak(&packed);
        eprintln!("{name}: {} bytes packed, {peak} bytes of memory, {files} files, {refused:?}", packed.len());
        match (refusal, refused) {
            (Some(expected), Some(refused)) => assert!(refused.contains(expected), "{name}: {refused}"),
            (Some(_), None) => panic!("{name} is accepted with {files} files"),
            (None, refused) => assert!(files > 0 && refused.is_none(), "{name}: {refused:?}"),
        }
        assert!(peak < memory, "{name}: {peak} bytes");
    }
}
