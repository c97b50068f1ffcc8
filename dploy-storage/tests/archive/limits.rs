//! Archives that are too large in some way; each limit is met exactly once and passed by one.

use dploy_core::releases::ports::ArchiveError;
use dploy_storage::archive::Limits;
use rstest::rstest;

use super::build::{Tar, gzip, header, read_with, refusal};

const SMALL: Limits =
    Limits { packed: 4_096, unpacked: 8_192, file: 1_000, files: 3, entries: 6, ratio: 50, ratio_from: 5_000 };

fn files(count: usize) -> Tar {
    (0..count).fold(Tar::default(), |tar, n| tar.file(&format!("{n}.yaml"), ""))
}

fn noise(count: usize) -> Vec<u8> {
    let mut state = 7_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(count)
    .collect()
}

#[rstest]
#[case::files(files(3), files(4), "number of files must be at most 3")]
#[case::entries(files(3).folder("a").folder("b").folder("c"), files(3).folder("a").folder("b").folder("c").folder("d"), "number of entries must be at most 6")]
#[case::file(Tar::default().entry(b'0', b"a", &noise(1_000)), Tar::default().entry(b'0', b"a", &noise(1_001)), "at most 1000")]
#[case::unpacked(Tar::default().raw(&noise(0)).raw(&files(2).0), Tar::default().raw(&files(3).end()).raw(&[0; 8_192 - 2_560 + 1]), "unpacked size in bytes must be at most 8192")]
fn s17_a_limit_may_be_met_but_not_passed(#[case] meets: Tar, #[case] passes: Tar, #[case] message: &str) {
    let roomy = Limits { ratio_from: 1 << 20, ..SMALL };
    read_with(meets.packed(), roomy).unwrap();
    let refused = refusal(read_with(passes.packed(), roomy));
    assert!(refused.contains(message), "{refused}");
}

#[test]
fn s17_an_upload_that_is_too_large_is_not_unpacked() {
    let packed: Vec<u8> = [&[0x1f, 0x8b][..], &noise(4_095)].concat();
    let refused = refusal(read_with(packed.into(), SMALL));
    assert_eq!(refused, "the archive's packed size in bytes must be at most 4096");
}

#[test]
fn w10_padding_counts_as_unpacked() {
    let fits = [files(1).end(), vec![0; 8_192 - 1_536]].concat();
    let roomy = Limits { ratio_from: 1 << 20, ..SMALL };
    assert_eq!(read_with(gzip(&fits), roomy).unwrap().len(), 1);
    let over = [fits, vec![0]].concat();
    assert!(matches!(read_with(gzip(&over), roomy), Err(ArchiveError::TooLarge { limit: 8_192, .. })));
}

#[test]
fn w10_a_ratio_counts_once_the_archive_is_not_tiny() {
    let zeros = |count| gzip(&[files(1).end(), vec![0; count]].concat());
    assert!(read_with(zeros(3_000), SMALL).is_ok());
    let refused = refusal(read_with(zeros(6_000), SMALL));
    assert_eq!(refused, "the archive's ratio of unpacked to packed size must be at most 50");
}

#[rstest]
#[case::one_beyond(5 * 1024 * 1024 + 1)]
#[case::eight_gibibytes((1 << 33) - 1)]
fn a_size_is_refused_before_anything_of_it_is_read(#[case] size: u64) {
    let tar = Tar::default().raw(&header(b'0', b"a.yaml", size)).0;
    let refused = refusal(read_with(gzip(&tar), Limits::default()));
    assert!(refused.contains("file `a.yaml` in bytes must be at most 5242880"), "{refused}");
}

#[test]
fn names_and_records_are_bounded_before_they_are_read() {
    let records = Tar::default().raw(&header(b'x', b"p", 65_537)).0;
    assert!(
        refusal(read_with(gzip(&records), Limits::default())).contains("pax headers in bytes must be at most 65536")
    );
    let name = Tar::default().raw(&header(b'L', b"p", 1 << 30)).data(&b"n".repeat(4_096)).0;
    assert!(refusal(read_with(gzip(&name), Limits::default())).contains("the path is longer"));
}
