//! Entries that are refused for their name or kind.

use rstest::rstest;

use super::build::{Tar, header, patched, read, record, refusal};

#[rstest]
#[case::parent(b"../x.yaml", "a segment . or ..")]
#[case::parent_inside(b"a/../../x.yaml", "a segment . or ..")]
#[case::parent_at_the_end(b"a/..", "a segment . or ..")]
#[case::self_inside(b"a/./x.yaml", "a segment . or ..")]
#[case::absolute(b"/etc/cron.d/x.yaml", "absolute")]
#[case::drive(b"C:/x.yaml", "absolute")]
#[case::backslashes(b"..\\..\\x.yaml", "a backslash")]
#[case::stream(b"x.yaml:evil", "a colon")]
#[case::line_break(b"a\nb.yaml", "a control character")]
#[case::escape(b"a\x1b[2Jb.yaml", "a control character")]
#[case::delete(b"a\x7fb.yaml", "a control character")]
#[case::not_utf8(b"a\xff.yaml", "something else than UTF-8")]
#[case::overlong(b"\xc0\xae\xc0\xae/x.yaml", "something else than UTF-8")]
#[case::empty(b"", "an empty segment")]
#[case::doubled(b"a//b.yaml", "an empty segment")]
#[case::like_a_folder(b"a.yaml/", "an empty segment")]
#[case::current_twice(b"././x.yaml", "a segment . or ..")]
#[case::dot_end(b"a./x.yaml", "ends with a dot")]
#[case::git(b".git/config", "reserved by git")]
#[case::git_case(b"sub/.GiT/hooks/post-checkout", "reserved by git")]
#[case::git_short(b"GIT~1/config", "reserved by git")]
#[case::git_invisible(".g\u{200c}it/config".as_bytes(), "reserved by git")]
#[case::deep(&[b'a', b'/'].repeat(40), "longer than 240 bytes or deeper")]
fn s24_w09_a_path_that_is_not_plain_is_refused(#[case] name: &[u8], #[case] problem: &str) {
    for tar in [
        Tar::default().entry(b'0', name, b"x"),
        Tar::default().long_name(name).file("fine.yaml", "x"),
        Tar::default().pax(&[("path", name)]).file("fine.yaml", "x"),
    ] {
        let refused = refusal(read(tar.packed()));
        assert!(refused.contains(problem), "{refused}");
        assert!(!refused.contains(|c: char| c.is_control()), "{refused:?}");
    }
}

#[test]
fn a_path_cut_at_a_zero_byte_ends_there() {
    let tar = Tar::default().entry(b'0', b"a.yaml\0../../evil", b"x");
    assert_eq!(read(tar.packed()).unwrap()[0].0, "a.yaml");
    let hidden = Tar::default().pax(&[("path", b"a.yaml\0.txt")]).file("b.yaml", "x");
    assert!(refusal(read(hidden.packed())).contains("a control character"));
}

#[rstest]
#[case(b'1', "a hard link")]
#[case(b'2', "a symbolic link")]
#[case(b'3', "a character device")]
#[case(b'4', "a block device")]
#[case(b'6', "a named pipe")]
#[case(b'S', "a sparse file")]
#[case(b'K', "a symbolic link")]
#[case(b'7', "neither file nor folder")]
#[case(b'D', "neither file nor folder")]
#[case(b'M', "neither file nor folder")]
#[case(b'V', "neither file nor folder")]
#[case(b'N', "neither file nor folder")]
#[case(b'Z', "neither file nor folder")]
#[case(0xff, "neither file nor folder")]
fn s24_w09_only_files_and_folders_are_taken(#[case] kind: u8, #[case] problem: &str) {
    let header = patched(header(kind, b"x.yaml", 0), 157, b"/etc/passwd");
    let tar = Tar::default().file("a.yaml", "x").raw(&header);
    let refused = refusal(read(tar.clone().packed()));
    assert!(refused.contains(problem) && refused.contains("`x.yaml`"), "{refused}");
    let named = Tar::default().pax(&[("path", b"long.yaml")]).raw(&header);
    assert!(refusal(read(named.packed())).contains("`long.yaml`"));
}

#[rstest]
#[case::twice(Tar::default().file("a.yaml", "1").file("a.yaml", "2"), "there twice")]
#[case::twice_by_prefix(Tar::default().file("./a.yaml", "1").file("a.yaml", "2"), "there twice")]
#[case::case(Tar::default().file("a.yaml", "1").file("A.YAML", "2"), "but for case or Unicode")]
#[case::composition(Tar::default().file("\u{e9}.yaml", "1").file("e\u{301}.yaml", "2"), "but for case or Unicode")]
#[case::file_then_folder(Tar::default().file("a", "1").file("a/b.yaml", "2"), "a file and a folder at once")]
#[case::folder_then_file(Tar::default().folder("a/").file("a", "2"), "a file and a folder at once")]
#[case::folder_case(Tar::default().file("a/x.yaml", "1").folder("A"), "a folder spelt in two ways")]
fn s24_w09_a_name_is_there_once(#[case] tar: Tar, #[case] problem: &str) {
    let refused = refusal(read(tar.packed()));
    assert!(refused.contains(problem), "{refused}");
}

#[rstest]
#[case::size_grown(Tar::default().pax(&[("size", b"1024")]).file("a.yaml", "1"), "of two sizes")]
#[case::size_hidden(Tar::default().pax(&[("size", b"0")]).file("a.yaml", "1"), "of two sizes")]
#[case::size_not_a_number(Tar::default().pax(&[("size", b"1e3")]).file("a.yaml", "1"), "not pax")]
#[case::path_twice(Tar::default().pax(&[("path", b"a"), ("path", b"b")]).file("c", "1"), "described twice")]
#[case::two_headers(Tar::default().pax(&[("mtime", b"1")]).pax(&[("path", b"b")]).file("c", "1"), "described twice")]
#[case::two_names(Tar::default().pax(&[("path", b"b")]).long_name(b"d").file("c", "1"), "described twice")]
#[case::two_long_names(Tar::default().long_name(b"d").long_name(b"e").file("c", "1"), "described twice")]
#[case::link(Tar::default().pax(&[("linkpath", b"/etc/passwd")]).file("c", "1"), "a link")]
#[case::sparse(Tar::default().pax(&[("GNU.sparse.major", b"1"), ("GNU.sparse.name", b"x")]).file("c", "1"), "a sparse file")]
#[case::sparse_star(Tar::default().pax(&[("SCHILY.realsize", b"9")]).file("c", "1"), "a sparse file")]
#[case::charset(Tar::default().pax(&[("hdrcharset", b"BINARY")]).file("c", "1"), "something else than UTF-8")]
#[case::global_path(Tar::default().entry(b'g', b"g", &record("path", b"x.yaml")).file("c", "1"), "for all entries")]
#[case::global_link(Tar::default().entry(b'g', b"g", &record("linkpath", b"x")).file("c", "1"), "a link")]
#[case::malformed(Tar::default().entry(b'x', b"p", b"99 path=a\n").file("c", "1"), "not pax")]
#[case::behind_an_empty_line(Tar::default().entry(b'x', b"p", b"12 path=a/b\n\n12 path=a/c\n").file("c", "1"), "not pax")]
#[case::full_folder(Tar::default().entry(b'5', b"a/", b"hidden"), "a folder with content")]
#[case::folder_of_a_size(Tar::default().pax(&[("size", b"512")]).folder("a/"), "a folder with content")]
fn s24_an_entry_that_could_be_read_in_two_ways_is_refused(#[case] tar: Tar, #[case] problem: &str) {
    let refused = refusal(read(tar.packed()));
    assert!(refused.contains(problem), "{refused}");
}

#[test]
fn a_name_is_shown_without_its_tricks() {
    let tar = Tar::default().entry(b'2', "\u{202e}lmay.x\x1b[31m\r\n".as_bytes(), b"");
    let refused = refusal(read(tar.packed()));
    assert!(refused.contains(r"`\u{202e}lmay.x\u{1b}[31m\r\n`"), "{refused}");
    let endless = Tar::default().pax(&[("path", &b"../".repeat(10_000))]).file("a", "");
    assert!(refusal(read(endless.packed())).len() < 500);
}
