//! Files of a version, and the paths they may have.

use std::fmt;

/// The longest path, in bytes.
pub const PATH_MAX: usize = 240;
/// The most segments of a path.
pub const DEPTH_MAX: usize = 16;

/// The path of a file inside an archive: relative, `/` between its segments, safe in a git tree on every system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FilePath(String);

/// A path was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPath {
    /// It is empty, or has an empty segment.
    #[error("the path has an empty segment")]
    Empty,
    /// It begins with `/` or with a drive letter.
    #[error("the path is absolute")]
    Absolute,
    /// It has a segment `.` or `..`.
    #[error("the path has a segment . or ..")]
    Dots,
    /// It has a backslash, a colon or a control character.
    #[error("the path has a backslash, a colon or a control character")]
    Character,
    /// A segment ends with a dot or a blank, which Windows drops, or begins with a blank.
    #[error("a segment of the path begins with a blank, or ends with a dot or a blank")]
    Ending,
    /// A segment that git takes for its own folder on some system.
    #[error("a segment of the path is reserved by git")]
    Reserved,
    /// It is longer than [`PATH_MAX`] bytes or deeper than [`DEPTH_MAX`] segments.
    #[error("the path is longer than {PATH_MAX} bytes or deeper than {DEPTH_MAX} folders")]
    TooLong,
}

impl FilePath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`InvalidPath`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        if text.len() > PATH_MAX || text.split('/').count() > DEPTH_MAX {
            return Err(InvalidPath::TooLong);
        }
        if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') {
            return Err(InvalidPath::Absolute);
        }
        if text.contains(|c: char| c == '\\' || c == ':' || c.is_control()) {
            return Err(InvalidPath::Character);
        }
        text.split('/').try_for_each(segment)?;
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its segments, outermost first; the last one is the file's name.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The file's name without its folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

fn segment(segment: &str) -> Result<(), InvalidPath> {
    match segment {
        "" => Err(InvalidPath::Empty),
        "." | ".." => Err(InvalidPath::Dots),
        _ if is_git(segment) => Err(InvalidPath::Reserved),
        _ if segment.ends_with(['.', ' ']) || segment.starts_with(' ') => Err(InvalidPath::Ending),
        _ => Ok(()),
    }
}

/// Whether a file system may take the name for `.git`: case, NTFS' short names, characters that HFS+ ignores.
fn is_git(segment: &str) -> bool {
    let ignored = |c: &char| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let seen: String = segment.chars().filter(ignored).collect::<String>().to_lowercase();
    let seen = seen.trim_end_matches(['.', ' ']);
    seen == ".git" || seen.starts_with("git~")
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file of an archive, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArchiveFile {
    /// Where it lies.
    pub path: FilePath,
    /// What it holds.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a.yaml", None)]
    #[case("sub/d.yaml", None)]
    #[case(".gitignore", None)]
    #[case("", Some(InvalidPath::Empty))]
    #[case("a//b", Some(InvalidPath::Empty))]
    #[case("/etc/x.yaml", Some(InvalidPath::Absolute))]
    #[case("c:/x.yaml", Some(InvalidPath::Absolute))]
    #[case("../x.yaml", Some(InvalidPath::Dots))]
    #[case("a/./b", Some(InvalidPath::Dots))]
    #[case("..\\..\\x.yaml", Some(InvalidPath::Character))]
    #[case("a\nb", Some(InvalidPath::Character))]
    #[case("a./b", Some(InvalidPath::Ending))]
    #[case("x/.GIT/config", Some(InvalidPath::Reserved))]
    #[case(".g\u{200c}it/config", Some(InvalidPath::Reserved))]
    #[case("git~1/config", Some(InvalidPath::Reserved))]
    #[case("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", Some(InvalidPath::TooLong))]
    fn w09_paths_cannot_leave_their_folder(#[case] text: &str, #[case] refused: Option<InvalidPath>) {
        assert_eq!(FilePath::parse(text).err(), refused, "{text:?}");
    }
}
