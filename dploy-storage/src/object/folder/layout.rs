//! Where in the folder a key lies.
//!
//! A segment becomes a file name with each upper-case letter as `!` and its lower-case one, as Go's module cache does,
//! so that keys stay apart where file names differ in more than case; what is longer than a file name may be is
//! continued in a folder, the part before it ending in `,`. Neither character can be in a key.

use dploy_core::artifact::ArtifactKey;

/// The folder of the artifacts below the root.
pub(super) const ARTIFACTS: &str = "artifacts";
/// The folder of files that are being written.
pub(super) const INCOMING: &str = "incoming";
/// The file of the secret.
pub(super) const SECRET: &str = "upload-secret";
/// The longest file name, in bytes; every file system allows more.
const LONGEST: usize = 200;
/// The shortest continuation, in bytes: `.` and `..` are no file names.
const SHORTEST: usize = 3;

/// The names from the artifacts' folder to the key's file, which is the last of them.
pub(super) fn names(key: &ArtifactKey) -> Vec<String> {
    key.as_str().split('/').flat_map(|segment| parts(&escaped(segment))).collect()
}

/// The names of the key's folders, and of its file in the last of them.
pub(super) fn place(key: &ArtifactKey) -> (Vec<String>, String) {
    let mut names = names(key);
    let file = names.pop().unwrap_or_default();
    (names, file)
}

/// The key whose file has these names; `None` for what this store never wrote.
pub(super) fn key(folders: &[String], file: &str) -> Option<ArtifactKey> {
    let mut text = String::new();
    for name in folders {
        match name.strip_suffix(',') {
            Some(part) => text.push_str(part),
            None => text.extend([name.as_str(), "/"]),
        }
    }
    text.push_str(file);
    let key = ArtifactKey::parse(&unescaped(&text)?).ok()?;
    let (own_folders, own_file) = place(&key);
    (own_folders == folders && own_file == file).then_some(key)
}

fn escaped(segment: &str) -> String {
    let mut name = String::with_capacity(segment.len());
    for char in segment.chars() {
        if char.is_ascii_uppercase() {
            name.push('!');
        }
        name.push(char.to_ascii_lowercase());
    }
    name
}

fn unescaped(text: &str) -> Option<String> {
    let mut chars = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(char) = chars.next() {
        plain.push(if char == '!' { chars.next()?.to_ascii_uppercase() } else { char });
    }
    Some(plain)
}

fn parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = name;
    while rest.len() > LONGEST {
        let (part, more) = rest.split_at(LONGEST.min(rest.len() - SHORTEST));
        parts.push(format!("{part},"));
        rest = more;
    }
    parts.push(rest.to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("drafts/web/1.0.0+b5/manifests.tar.gz", &["drafts", "web", "1.0.0+b5", "manifests.tar.gz"])]
    #[case("1.0-RC1", &["1.0-!r!c1"])]
    #[case("...", &["..."])]
    fn a_key_lies_where_its_segments_say(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(names(&ArtifactKey::parse(text).unwrap()), expected);
    }

    #[rstest]
    #[case::here(200, ".")]
    #[case::above(200, "..")]
    #[case::above_half(199, "..")]
    #[case::of_the_third_part(400, ".")]
    fn a_continuation_is_no_folder_of_its_own(#[case] letters: usize, #[case] end: &str) {
        let wanted = ArtifactKey::parse(&("a".repeat(letters) + end)).unwrap();
        let (folders, file) = place(&wanted);
        assert!(file.len() >= SHORTEST, "{file}");
        assert_eq!(key(&folders, &file), Some(wanted));
    }

    #[test]
    fn no_file_name_is_too_long_for_a_file_system() {
        let key = ArtifactKey::parse(&"A".repeat(512)).unwrap();
        assert!(names(&key).iter().all(|name| name.len() <= 255));
    }

    #[rstest]
    #[case("A")]
    #[case("a!")]
    #[case("!1")]
    #[case("a,")]
    #[case("..")]
    #[case("a b")]
    fn what_the_store_never_wrote_is_no_artifact(#[case] file: &str) {
        assert_eq!(key(&[], file), None);
    }

    proptest! {
        #[test]
        fn every_key_is_read_back_from_its_place(text in "[A-Za-z0-9._+-]{1,400}(/[A-Z._+-]{1,50}){0,2}") {
            if let Ok(wanted) = ArtifactKey::parse(&text) {
                let (folders, file) = place(&wanted);
                prop_assert!(folders.iter().chain([&file]).all(|name| name != "." && name != ".." && !name.contains('/')));
                prop_assert_eq!(key(&folders, &file), Some(wanted));
            }
        }
    }
}
