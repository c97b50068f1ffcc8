//! Whatever bytes come, the walk ends, and what it accepts keeps its promises.

use proptest::prelude::*;

use super::{
    build::{Tar, gzip},
    entries::check_archive as check,
};

fn seeds() -> [Vec<u8>; 4] {
    [
        Tar::default().file("a.yaml", "a: 1\n").folder("sub/").file("sub/b.yaml", "b: 1\n").end(),
        Tar::default().pax(&[("path", b"x/y.yaml"), ("size", b"2")]).file("c", "ok").file("d.yaml", "").end(),
        Tar::default().long_name(b"l/m.yaml").file("c", "ok").entry(b'g', b"g", b"13 comment=x\n").end(),
        Tar::default().file("./a", "").file("./b", "1").folder("./c").end(),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        check(&bytes);
        check(&gzip(&bytes));
    }

    #[test]
    fn any_change_of_an_archive_is_read_or_refused(
        seed in 0usize..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        sums in any::<bool>(),
    ) {
        let mut tar = seeds()[seed].clone();
        for (at, byte) in changes {
            let at = at.index(tar.len());
            tar[at] = byte;
        }
        if sums {
            for block in tar.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
                let mut header = tar::Header::from_byte_slice(block).clone();
                header.set_cksum();
                block.copy_from_slice(header.as_bytes());
            }
        }
        check(&gzip(&tar));
    }
}
