//! What ordinary programs write.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use rstest::rstest;

use super::build::{Tar, gzip, header, patched, read};

fn named(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn s38_w27_folders_are_kept_and_order_too() {
    let tar = Tar::default().file("b.yaml", "b: 1\n").folder("sub/").file("sub/a.yaml", "a: 1\n").file("a.yaml", "");
    let expected = named(&[("b.yaml", "b: 1\n"), ("sub/a.yaml", "a: 1\n"), ("a.yaml", "")]);
    assert_eq!(read(tar.packed()).unwrap(), expected);
}

#[test]
fn an_empty_tar_has_no_files() {
    assert_eq!(read(Tar::default().packed()).unwrap(), named(&[]));
    assert_eq!(read(Tar::default().folder("./").folder("a/").folder("a/").packed()).unwrap(), named(&[]));
}

#[test]
fn names_may_begin_with_the_folder_that_was_packed() {
    let tar = Tar::default().folder("./").file("./a.yaml", "x").folder("./sub/").file("./sub/b.yaml", "y");
    assert_eq!(read(tar.packed()).unwrap(), named(&[("a.yaml", "x"), ("sub/b.yaml", "y")]));
}

#[test]
fn long_names_are_read_in_all_three_ways() {
    let long = format!("{}/{}/x.yaml", "a".repeat(90), "b".repeat(90));
    let (folder, name) = long.split_at(91);
    let prefix = patched(header(b'0', &name.as_bytes()[..0], 1), 345, &folder.as_bytes()[..90]);
    let prefix = patched(prefix, 0, name.as_bytes());
    for tar in [
        Tar::default().raw(&prefix).data(b"x"),
        Tar::default().long_name(long.as_bytes()).file("cut", "x"),
        Tar::default().pax(&[("path", long.as_bytes())]).file("cut", "x"),
    ] {
        assert_eq!(read(tar.packed()).unwrap(), named(&[(&long, "x")]));
    }
}

#[test]
fn records_of_times_owners_and_commits_change_nothing() {
    let global = super::build::record("comment", b"0f1e2d3c");
    let tar = Tar::default()
        .entry(b'g', b"pax_global_header", &global)
        .pax(&[("mtime", b"1777777777.5"), ("uname", "j\u{f6}rg".as_bytes()), ("size", b"2")])
        .file("a.yaml", "ok");
    assert_eq!(read(tar.packed()).unwrap(), named(&[("a.yaml", "ok")]));
}

#[rstest]
#[case::before_posix(&[0; 8], b'\0')]
#[case::gnu(b"ustar  \0", b'0')]
fn other_formats_of_tar_are_read(#[case] magic: &[u8], #[case] kind: u8) {
    let header = patched(header(kind, b"a.yaml", 2), 257, magic);
    assert_eq!(read(Tar::default().raw(&header).data(b"ok").packed()).unwrap(), named(&[("a.yaml", "ok")]));
}

#[test]
fn a_size_may_be_written_in_binary() {
    let size = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    let tar = Tar::default().raw(&patched(header(b'0', b"a.yaml", 0), 124, &size)).data(b"ok");
    assert_eq!(read(tar.packed()).unwrap(), named(&[("a.yaml", "ok")]));
}

#[test]
fn gzip_may_tell_a_name_and_tar_may_fill_its_last_record() {
    let mut tar = Tar::default().file("a.yaml", "ok").end();
    tar.resize(10_240, 0);
    let mut out =
        GzBuilder::new().filename("x.tar").comment("c").extra([1, 0, 0, 0]).write(Vec::new(), Compression::fast());
    out.write_all(&tar).unwrap();
    assert_eq!(read(out.finish().unwrap().into()).unwrap(), named(&[("a.yaml", "ok")]));
    assert_eq!(read(gzip(&tar)).unwrap().len(), 1);
}

#[test]
fn what_the_tar_program_packs_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("in/base")).unwrap();
    let long = format!("{}.yaml", "n".repeat(150));
    for (name, text) in [("a.yaml", "a: 1\n"), ("base/b.yaml", "b: 1\n"), (&long, "")] {
        std::fs::write(folder.path().join("in").join(name), text).unwrap();
    }
    for format in ["ustar", "pax", "gnu"] {
        let out = folder.path().join("out.tgz");
        let mut command = std::process::Command::new("tar");
        command
            .arg(format!("--format={format}"))
            .arg("-C")
            .arg(folder.path().join("in"))
            .arg("-czf")
            .arg(&out)
            .arg(".");
        let Ok(output) = command.output() else {
            println!("SKIPPED what_the_tar_program_packs_is_read: no program tar");
            return;
        };
        if format == "ustar" {
            // The old format has no room for the long name: tar says so and leaves it out.
            assert!(!output.status.success());
        }
        let mut names: Vec<_> =
            read(std::fs::read(&out).unwrap().into()).unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        let all = ["a.yaml", "base/b.yaml", &long];
        assert_eq!(names, if format == "ustar" { &all[..2] } else { &all[..] }, "{format}");
    }
}
