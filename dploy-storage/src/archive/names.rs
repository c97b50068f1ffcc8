//! The names of an archive: each once, on every file system.

use std::collections::HashMap;

use dploy_core::releases::file::FilePath;
use unicode_normalization::UnicodeNormalization as _;

/// The names so far, by what file systems that ignore case and composition take them for.
#[derive(Debug, Default)]
pub(super) struct Names {
    seen: HashMap<Box<str>, Seen>,
}

#[derive(Debug)]
enum Seen {
    File(Box<str>),
    Folder(Box<str>),
}

impl Names {
    /// Takes the name of a file. The error says what the entry is.
    pub(super) fn file(&mut self, path: &FilePath) -> Result<(), &'static str> {
        let path = path.as_str();
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.folders(parent)?;
        }
        match self.seen.insert(folded(path), Seen::File(path.into())) {
            None => Ok(()),
            Some(Seen::File(earlier)) if *earlier == *path => Err("there twice"),
            Some(Seen::File(_)) => Err("there twice, but for case or Unicode composition"),
            Some(Seen::Folder(_)) => Err("a file and a folder at once"),
        }
    }

    /// Takes the name of a folder, which may come again.
    pub(super) fn folder(&mut self, path: &FilePath) -> Result<(), &'static str> {
        self.folders(path.as_str())
    }

    /// A folder and those that it lies in.
    fn folders(&mut self, path: &str) -> Result<(), &'static str> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for folder in ends.filter_map(|end| path.get(..end)) {
            let key = folded(folder);
            match self.seen.get(&key) {
                None => drop(self.seen.insert(key, Seen::Folder(folder.into()))),
                Some(Seen::Folder(earlier)) if **earlier == *folder => {}
                Some(Seen::Folder(_)) => return Err("in a folder spelt in two ways"),
                Some(Seen::File(_)) => return Err("a file and a folder at once"),
            }
        }
        Ok(())
    }
}

/// Composed and without case. Upper case first brings together what has one of them in common, as `ß` and `ss`.
fn folded(path: &str) -> Box<str> {
    let caseless = path.nfc().collect::<String>().to_uppercase().to_lowercase();
    caseless.nfc().collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn files(paths: &[&str]) -> Result<(), &'static str> {
        let mut names = Names::default();
        paths.iter().try_for_each(|path| names.file(&FilePath::parse(path).unwrap()))
    }

    #[rstest]
    #[case(&["a.yaml", "b.yaml", "a/b.yaml", "a/c.yaml"], Ok(()))]
    #[case(&["a.yaml", "a.yaml"], Err("there twice"))]
    #[case(&["a.yaml", "A.yaml"], Err("there twice, but for case or Unicode composition"))]
    #[case(&["\u{e9}.yaml", "e\u{301}.yaml"], Err("there twice, but for case or Unicode composition"))]
    #[case(&["stra\u{df}e.yaml", "STRASSE.yaml"], Err("there twice, but for case or Unicode composition"))]
    #[case(&["\u{212a}.yaml", "k.yaml"], Err("there twice, but for case or Unicode composition"))]
    #[case(&["a", "a/b.yaml"], Err("a file and a folder at once"))]
    #[case(&["a/b/c.yaml", "a/b"], Err("a file and a folder at once"))]
    #[case(&["a/b/c.yaml", "A"], Err("a file and a folder at once"))]
    #[case(&["a/x.yaml", "A/y.yaml"], Err("in a folder spelt in two ways"))]
    fn w27_a_name_is_there_once(#[case] paths: &[&str], #[case] expected: Result<(), &str>) {
        assert_eq!(files(paths), expected);
    }

    #[test]
    fn a_folder_may_come_again_but_not_as_a_file() {
        let mut names = Names::default();
        let path = FilePath::parse("a/b").unwrap();
        assert_eq!((names.folder(&path), names.folder(&path)), (Ok(()), Ok(())));
        assert_eq!(names.file(&path), Err("a file and a folder at once"));
    }

    proptest! {
        #[test]
        fn two_spellings_of_one_name_never_stand_side_by_side(name in "[a-zß-ÿ\u{300}-\u{30f}]{1,12}") {
            let spellings = [name.to_uppercase(), name.nfd().collect(), name.nfc().collect()];
            for other in spellings {
                if let (Ok(_), Ok(_)) = (FilePath::parse(&name), FilePath::parse(&other)) {
                    prop_assert!(files(&[&name, &other]).is_err(), "{name:?} {other:?}");
                }
            }
        }
    }
}
