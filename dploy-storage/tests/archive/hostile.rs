//! Archives that are made to cost memory: the tests of the reader measure them at the allocator, and
//! `cargo xtask bench releases` in the whole server.
#![allow(dead_code)]

use std::{io::Write as _, sync::Arc};

use flate2::Compression;

use super::build::{Tar, gzip_at, gzip_repeated, header, record};

const MIB: usize = 1 << 20;

/// An archive, and what the reader makes of it.
pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    pub(crate) packed: Arc<[u8]>,
    /// What it is refused with; `None` where only the check of the manifests refuses it.
    pub(crate) refusal: Option<&'static str>,
    /// So many bytes reading it takes at most, beside the packed ones.
    pub(crate) memory: usize,
}

fn entries(count: usize, entry: impl Fn(usize) -> Vec<u8>) -> Arc<[u8]> {
    gzip_at(Compression::fast(), |out| {
        (0..count).for_each(|n| out.write_all(&entry(n)).unwrap());
        out.write_all(&[0; 1024]).unwrap();
    })
}

/// Text that packs about as well as manifests do.
fn text(size: usize) -> Vec<u8> {
    let line =
        |n: u64| format!("name: x{:x}\nimage: registry.example/team/service\n", n.wrapping_mul(0x9e37_79b9) >> 8);
    (0..).flat_map(|n| line(n).into_bytes()).take(size).collect()
}

/// All of them.
pub(crate) fn corpus() -> Vec<Hostile> {
    let refused = |name, packed, refusal, memory| Hostile { name, packed, refusal: Some(refusal), memory };
    let accepted = |name, packed, memory| Hostile { name, packed, refusal: None, memory };
    vec![
        refused("a bomb of one file", bomb(), "at most 5242880", MIB),
        refused("100 MiB of zeros behind the end", padding(), "ratio", MIB),
        refused("a bomb of allowed files", allowed(), "unpacked size", 8 * MIB),
        refused("a million files", million(), "number of files", 4 * MIB),
        refused("twenty thousand folders", entries(20_000, |_| folder()), "number of entries", MIB),
        refused("ten large pax headers", records(), "described twice", MIB),
        refused("a thousand large global pax headers", globals(), "ratio", MIB),
        refused("a name of 4 GiB", long_name(), "is refused", MIB),
        refused(
            "a file that is not there",
            entries(1, |_| header(b'0', b"a.yaml", 5 << 20).to_vec()),
            "cut off",
            8 * MIB,
        ),
        refused("2,001 files in folders of their own, 16 deep", deep(), "number of files", 24 * MIB),
        accepted("49.5 MiB of manifests", full(), 6 * MIB),
        accepted("aliases of aliases", file(&aliases()), MIB),
        accepted("a line of 5 MiB", file(&numbers("a: ", "", "", 5 * MIB)), 6 * MIB),
        accepted("half a million items", file(&numbers("items:\n", "- x", "\n", 5 * MIB)), 6 * MIB),
        accepted("a million brackets", file(&vec![b'['; MIB - 2_048]), 2 * MIB),
    ]
}

fn bomb() -> Arc<[u8]> {
    let packed = gzip_repeated(&header(b'0', b"a.yaml", 400 << 20), &vec![0; MIB], 400);
    assert!((300_000..600_000).contains(&packed.len()), "{}", packed.len());
    packed
}

fn folder() -> Vec<u8> {
    header(b'5', b"a", 0).to_vec()
}

fn padding() -> Arc<[u8]> {
    gzip_repeated(&[&folder()[..], &[0; 1024]].concat(), &vec![0; MIB], 100)
}

fn allowed() -> Arc<[u8]> {
    entries(12, |n| Tar::default().entry(b'0', format!("{n}.yaml").as_bytes(), &vec![0; 5 * MIB]).0)
}

fn million() -> Arc<[u8]> {
    let distinct: Vec<u8> = (0..2_001).flat_map(|n| header(b'0', format!("{n}.yaml").as_bytes(), 0)).collect();
    gzip_repeated(&distinct, &header(b'0', b"again.yaml", 0).repeat(1_000), 1_000)
}

fn records() -> Arc<[u8]> {
    entries(10, |_| Tar::default().entry(b'x', b"p", &record("comment", &vec![b'c'; 60_000])).0)
}

fn globals() -> Arc<[u8]> {
    let global = Tar::default().entry(b'g', b"p", &record("comment", &vec![b'c'; 60_000])).0;
    gzip_repeated(&[], &global.repeat(2), 500)
}

fn long_name() -> Arc<[u8]> {
    gzip_repeated(&header(b'L', b"././@LongLink", 1 << 32), &vec![b'n'; MIB], 4)
}

fn deep() -> Arc<[u8]> {
    entries(2_001, |n| {
        let path = (0..16).map(|level| format!("{n:05}-{level:07}")).collect::<Vec<_>>().join("/");
        Tar::default().pax(&[("path", path.as_bytes())]).file("x", &n.to_string()).0
    })
}

fn full() -> Arc<[u8]> {
    let text = text(4 * MIB + MIB / 2);
    entries(11, |n| Tar::default().entry(b'0', format!("{n}.yaml").as_bytes(), &text).0)
}

/// An archive of one manifest.
fn file(text: &[u8]) -> Arc<[u8]> {
    entries(1, |_| Tar::default().entry(b'0', b"a.yaml", text).0)
}

/// A text of so many bytes that does not pack well: numbers between two texts, behind a first one.
fn numbers(first: &str, before: &str, behind: &str, size: usize) -> Vec<u8> {
    let number = |n: u64| format!("{before}{:x}{behind}", n.wrapping_mul(0x9e37_79b9) >> 8);
    first.bytes().chain((0..).flat_map(|n| number(n).into_bytes())).take(size).collect()
}

/// Ten lines that stand for ten to the power of ten values.
fn aliases() -> Vec<u8> {
    let line = |n: usize| match n {
        0 => "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(),
        n => format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")),
    };
    (0..10).flat_map(|n| line(n).into_bytes()).collect()
}
