//! The corpus of the fuzz targets, without a fuzzer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod entries;

use std::{fs, path::Path};

use rstest::rstest;

#[rstest]
#[case("archive", entries::archive)]
#[case("manifest", entries::manifest)]
fn the_corpus_holds(#[case] target: &str, #[case] entry: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs = 0;
    for file in fs::read_dir(folder).unwrap() {
        entry(&fs::read(file.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 12, "{inputs} inputs for {target}");
}
