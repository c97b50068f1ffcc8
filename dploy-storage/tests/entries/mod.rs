//! What the fuzz targets do with an input; a test does it with their corpus.
#![allow(dead_code, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing)]

use std::{collections::HashSet, io::Write as _};

use dploy_core::{
    releases::{
        application::ObjectRules,
        file::{ArchiveFile, FilePath},
        manifest::{Checker, LISTED_MAX, Manifests, Problems},
        version::VersionMetadata,
    },
    time::Timestamp,
};
use dploy_storage::archive::{Files, Limits};
use flate2::{Compression, write::GzEncoder};

/// Small bounds, so that an input is done within milliseconds.
const LIMITS: Limits = Limits {
    packed: 1 << 20,
    unpacked: 1 << 20,
    file: 100_000,
    files: 50,
    entries: 100,
    ratio: 200,
    ratio_from: 100_000,
};

/// Files of an input end with the first of these bytes, their names with the second.
const END: [u8; 2] = [0x1e, 0x1d];

/// Options and an archive: packed as it is (0), or a tar (1) whose sums may be made right (2).
pub(crate) fn archive(input: &[u8]) {
    check_archive(&archived(input));
}

/// The packed archive that such an input stands for.
pub(crate) fn archived(input: &[u8]) -> Vec<u8> {
    let Some((options, rest)) = input.split_first() else { return Vec::new() };
    if options & 1 == 0 {
        return rest.to_vec();
    }
    let mut tar = rest.to_vec();
    if options & 2 == 2 {
        for block in tar.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
            let mut header = tar::Header::from_byte_slice(block).clone();
            header.set_cksum();
            block.copy_from_slice(header.as_bytes());
        }
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::none());
    packed.write_all(&tar).unwrap();
    packed.finish().unwrap()
}

/// The promises of the port: plain paths, each once, no file that is a folder, nothing behind an error.
pub(crate) fn check_archive(packed: &[u8]) {
    let results: Vec<_> = Files::new(packed.into(), LIMITS).collect();
    let (mut names, mut folders) = (HashSet::new(), HashSet::new());
    for (index, result) in results.iter().enumerate() {
        let file = match result {
            Ok(file) => file,
            Err(error) => {
                assert_eq!(index + 1, results.len());
                assert!(!error.to_string().contains(char::is_control), "{error}");
                break;
            }
        };
        let path = file.path.as_str();
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git");
        assert!(!path.contains(['\\', ':']) && !path.contains(char::is_control), "{path:?}");
        assert!(path.len() <= 240 && path.split('/').all(plain), "{path:?}");
        assert!(names.insert(path.to_lowercase()), "{path:?} twice");
        folders.extend(path.match_indices('/').map(|(at, _)| path[..at].to_lowercase()));
        assert!(file.bytes.len() <= 100_000);
    }
    assert!(names.is_disjoint(&folders), "{names:?} {folders:?}");
}

/// Files as `name 0x1d text 0x1e`: the manifests are accepted or everything that is wrong is told, whatever their order.
pub(crate) fn manifest(input: &[u8]) {
    let mut files = files(input);
    let known: HashSet<_> = files.iter().map(|file| file.path.clone()).collect();
    let found = check(&files);
    match &found {
        Ok(manifests) => {
            assert!(manifests.files.is_sorted() && !manifests.files.is_empty());
            assert!(manifests.files.iter().all(|path| known.contains(path)));
            assert!(!manifests.files.iter().any(|path| matches!(path.as_str(), "version.yml" | "version.yaml")));
            let holders: HashSet<_> = manifests.files.iter().map(FilePath::as_str).collect();
            assert!(manifests.objects.iter().all(|object| object.line > 0 && holders.contains(object.file.as_str())));
        }
        Err(problems) => {
            assert!((1..=LISTED_MAX).contains(&problems.listed.len()) && problems.listed.is_sorted());
            assert!(problems.listed.iter().all(|problem| !problem.message.is_empty() && problem.message.len() < 4_000));
        }
    }
    files.reverse();
    assert_eq!(check(&files), found);
}

/// The files that such an input stands for, each name once.
pub(crate) fn files(input: &[u8]) -> Vec<ArchiveFile> {
    let mut known = HashSet::new();
    let mut files: Vec<ArchiveFile> = input.split(|byte| *byte == END[0]).filter_map(file).collect();
    files.truncate(20);
    files.retain(|file| known.insert(file.path.clone()));
    files
}

fn file(part: &[u8]) -> Option<ArchiveFile> {
    let at = part.iter().position(|byte| *byte == END[1])?;
    let path = FilePath::parse(std::str::from_utf8(&part[..at]).ok()?).ok()?;
    Some(ArchiveFile { path, bytes: part[at + 1..].to_vec() })
}

fn check(files: &[ArchiveFile]) -> Result<Manifests, Problems> {
    let draft = VersionMetadata {
        git_sha: "0012345".to_owned(),
        git_branch: "main".to_owned(),
        git_tag: None,
        git_committer: None,
        build_number: Some("7".to_owned()),
        timestamp: Timestamp::from_unix_seconds(0),
    };
    let rules = ObjectRules { kinds: None, namespaces: Some(["shop".to_owned()].into()) };
    let mut checker = Checker::new(rules, &draft, "1.0.0");
    files.iter().for_each(|file| checker.file(file));
    checker.finish()
}
