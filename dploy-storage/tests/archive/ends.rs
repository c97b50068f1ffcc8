//! Archives that are something else, end too early, or go on behind their end.

use dploy_core::releases::ports::ArchiveError;
use rstest::rstest;

use super::build::{Tar, gzip, header, patched, read};

fn two() -> Tar {
    Tar::default().file("a.yaml", "a: 1\n").file("b.yaml", "b: 1\n")
}

#[rstest]
#[case::empty(b"")]
#[case::text(b"hello")]
#[case::one_byte(b"\x1f")]
#[case::zip(b"PK\x03\x04")]
#[case::zstd(b"\x28\xb5\x2f\xfd")]
#[case::bare_tar(&two().end())]
#[case::other_method(b"\x1f\x8b\x07\0\0\0\0\0\0\xff\0\0\0\0\0\0\0\0")]
#[case::garbage_inside(b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff")]
fn s26_what_is_not_gzip_is_refused(#[case] bytes: &[u8]) {
    assert!(matches!(read(bytes.into()), Err(ArchiveError::NotGzip)));
}

#[rstest]
#[case::text(b"kind: Service\n".repeat(100))]
#[case::wrong_sum({ let mut tar = two().end(); tar[0] = b'x'; tar })]
#[case::no_sum({ let mut tar = two().end(); tar[148..156].fill(b' '); tar })]
#[case::other_magic(Tar::default().raw(&patched(header(b'0', b"a", 0), 257, b"rats")).end())]
#[case::size_of_letters(Tar::default().raw(&patched(header(b'0', b"a", 0), 124, b"zzzzzzzzzzz\0")).end())]
#[case::negative_size(Tar::default().raw(&patched(header(b'0', b"a", 0), 124, &[0xff; 12])).end())]
#[case::size_beyond_64_bits(Tar::default().raw(&patched(header(b'0', b"a", 0), 124, &[0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])).end())]
#[case::files_behind_one_block_of_zeros(two().raw(&[0; 512]).file("c.yaml", "x").end())]
fn what_is_not_tar_is_refused(#[case] tar: Vec<u8>) {
    let read = read(gzip(&tar));
    assert!(matches!(read, Err(ArchiveError::NotTar)), "{read:?}");
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let tar = two().end();
    for end in 0..tar.len() {
        let read = read(gzip(&tar[..end]));
        assert!(matches!(read, Err(ArchiveError::Truncated)), "cut at {end}: {read:?}");
    }
    let packed = gzip(&tar);
    for end in 2..packed.len() {
        let read = read(packed[..end].into());
        assert!(matches!(read, Err(ArchiveError::Truncated)), "packed, cut at {end}: {read:?}");
    }
}

#[test]
fn an_archive_cut_between_two_entries_is_refused() {
    let first = Tar::default().file("a.yaml", "a: 1\n").0;
    assert!(matches!(read(gzip(&first)), Err(ArchiveError::Truncated)));
    let one_block = Tar::default().file("a.yaml", "a: 1\n").raw(&[0; 512]).0;
    assert!(matches!(read(gzip(&one_block)), Err(ArchiveError::Truncated)));
}

#[test]
fn an_extension_needs_its_entry() {
    let tar = two().pax(&[("path", b"c.yaml")]);
    assert!(matches!(read(tar.packed()), Err(ArchiveError::Truncated)));
    assert!(matches!(read(two().long_name(b"c.yaml").packed()), Err(ArchiveError::Truncated)));
}

#[rstest]
#[case::bytes_in_the_tar(gzip(&[two().end(), b"x".to_vec()].concat()).to_vec())]
#[case::a_second_tar(gzip(&[two().end(), Tar::default().file("c.yaml", "").end()].concat()).to_vec())]
#[case::far_behind(gzip(&[two().end(), vec![0; 100_000], b"x".to_vec()].concat()).to_vec())]
#[case::bytes_behind_gzip([&gzip(&two().end())[..], b"x"].concat())]
#[case::zeros_behind_gzip([&gzip(&two().end())[..], &[0; 512]].concat())]
#[case::a_second_member([&gzip(&two().end())[..], &gzip(&Tar::default().file("c.yaml", "").end())].concat())]
#[case::an_empty_member([&gzip(&two().end())[..], &gzip(b"")].concat())]
fn nothing_may_follow_the_end(#[case] packed: Vec<u8>) {
    let read = read(packed.into());
    assert!(matches!(read, Err(ArchiveError::Trailing)), "{read:?}");
}

#[test]
fn a_tar_in_two_members_is_refused() {
    let tar = two().end();
    let (first, second) = tar.split_at(1024);
    let packed = [&gzip(first)[..], &gzip(second)].concat();
    assert!(matches!(read(packed.into()), Err(ArchiveError::Truncated)));
}

#[test]
fn bytes_that_gzip_did_not_sum_are_refused() {
    let packed = gzip(&two().end());
    for at in packed.len() - 8..packed.len() {
        let mut packed = packed.to_vec();
        packed[at] ^= 1;
        assert!(matches!(read(packed.into()), Err(ArchiveError::NotGzip)));
    }
}
