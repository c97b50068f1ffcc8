//! What reading an archive costs in memory, measured at the allocator. One test, so that nothing else allocates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "archive/build.rs"]
mod build;

use std::{io::Write as _, sync::Arc};

use build::{Tar, gzip_at, gzip_repeated, header, record};
use dploy_storage::archive::{Files, Limits};
use flate2::Compression;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

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

fn refused_within(name: &str, packed: &Arc<[u8]>, message: &str, most: usize) {
    let (peak, files, refused) = peak(packed);
    let refused = refused.unwrap_or_else(|| panic!("{name} is accepted with {files} files"));
    eprintln!("{name}: {} bytes packed, {peak} bytes of memory, {files} files, {refused}", packed.len());
    assert!(refused.contains(message), "{name}: {refused}");
    assert!(peak < most, "{name}: {peak} bytes");
}

fn entries(count: usize, entry: impl Fn(usize) -> Vec<u8>) -> Arc<[u8]> {
    gzip_at(Compression::fast(), |out| {
        (0..count).for_each(|n| out.write_all(&entry(n)).unwrap());
        out.write_all(&[0; 1024]).unwrap();
    })
}

/// Text that packs about as well as manifests do.
fn manifests(size: usize) -> Vec<u8> {
    let line =
        |n: u64| format!("name: x{:x}\nimage: registry.example/team/service\n", n.wrapping_mul(0x9e37_79b9) >> 8);
    (0..).flat_map(|n| line(n).into_bytes()).take(size).collect()
}

#[test]
fn s25_w10_memory_stays_small_whatever_comes() {
    let zeros = vec![0; MIB];
    let bomb = gzip_repeated(&header(b'0', b"a.yaml", 400 << 20), &zeros, 400);
    assert!((300_000..600_000).contains(&bomb.len()), "{}", bomb.len());
    refused_within("a bomb of one file", &bomb, "at most 5242880", MIB);
    let folder = header(b'5', b"a", 0).to_vec();
    let padding = gzip_repeated(&[&folder[..], &[0; 1024]].concat(), &zeros, 100);
    refused_within("100 MiB of zeros behind the end", &padding, "ratio", MIB);
    let small = entries(12, |n| Tar::default().entry(b'0', format!("{n}.yaml").as_bytes(), &vec![0; 5 * MIB]).0);
    refused_within("a bomb of allowed files", &small, "unpacked size", 8 * MIB);
    let distinct: Vec<u8> = (0..2_001).flat_map(|n| header(b'0', format!("{n}.yaml").as_bytes(), 0)).collect();
    let million = gzip_repeated(&distinct, &header(b'0', b"again.yaml", 0).repeat(1_000), 1_000);
    refused_within("a million files", &million, "number of files", 4 * MIB);
    let folders = entries(20_000, |_| folder.clone());
    refused_within("twenty thousand folders", &folders, "number of entries", MIB);
    let records = entries(10, |_| Tar::default().entry(b'x', b"p", &record("comment", &vec![b'c'; 60_000])).0);
    refused_within("ten large pax headers", &records, "described twice", MIB);
    let global = Tar::default().entry(b'g', b"p", &record("comment", &vec![b'c'; 60_000])).0;
    let globals = gzip_repeated(&[], &global.repeat(2), 500);
    refused_within("a thousand large global pax headers", &globals, "ratio", MIB);
    let name = gzip_repeated(&header(b'L', b"././@LongLink", 1 << 32), &vec![b'n'; MIB], 4);
    refused_within("a name of 4 GiB", &name, "is refused", MIB);
    let claims = entries(1, |_| header(b'0', b"a.yaml", 5 << 20).to_vec());
    refused_within("a file that is not there", &claims, "cut off", 8 * MIB);
    let deep = entries(2_001, |n| {
        let path = (0..16).map(|level| format!("{n:05}-{level:07}")).collect::<Vec<_>>().join("/");
        Tar::default().pax(&[("path", path.as_bytes())]).file("x", &n.to_string()).0
    });
    refused_within("2,001 files in folders of their own, 16 deep", &deep, "number of files", 24 * MIB);

    let text = manifests(4 * MIB + MIB / 2);
    let full = entries(11, |n| Tar::default().entry(b'0', format!("{n}.yaml").as_bytes(), &text).0);
    let (peak, files, refused) = peak(&full);
    eprintln!("49.5 MiB of manifests: {} bytes packed, {peak} bytes of memory, {files} files, {refused:?}", full.len());
    assert!(files == 11 && refused.is_none() && peak < 6 * MIB, "{files} {refused:?} {peak}");
}
