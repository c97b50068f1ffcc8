//! What is wrong with the files of a version.

use std::fmt;

/// The most problems that are told one by one.
pub const LISTED_MAX: usize = 100;

/// Something that is wrong with a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// The file; empty where the archive as a whole is meant.
    pub file: String,
    /// The line, from 1; `None` where the file as a whole is meant.
    pub line: Option<usize>,
    /// What is wrong and what is accepted.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            _ if self.file.is_empty() => f.write_str(&self.message),
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// Everything that is wrong with a version's files, by file and line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems {
    /// The first [`LISTED_MAX`].
    pub listed: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.listed.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "; " })?;
        }
        if self.more > 0 { write!(f, "; and {} more", self.more) } else { Ok(()) }
    }
}

impl Problems {
    /// The first of `found` by file and line, and how many are left, with `untold` more that were not kept.
    pub(super) fn of(mut found: Vec<Problem>, untold: usize) -> Option<Self> {
        found.sort();
        let more = found.len().saturating_sub(LISTED_MAX) + untold;
        found.truncate(LISTED_MAX);
        (!found.is_empty() || more > 0).then_some(Self { listed: found, more })
    }
}

/// The problems of one file, of which a bounded number is kept.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) kept: Vec<(Option<usize>, String)>,
    pub(super) untold: usize,
}

impl Findings {
    pub(super) fn add(&mut self, line: usize, message: impl Into<String>) {
        self.push(Some(line), message.into());
    }

    pub(super) fn whole(&mut self, message: impl Into<String>) {
        self.push(None, message.into());
    }

    fn push(&mut self, line: Option<usize>, message: String) {
        if self.kept.len() < LISTED_MAX { self.kept.push((line, message)) } else { self.untold += 1 }
    }

    /// Keeps at most `budget` of them, and takes those from it.
    pub(super) fn within(mut self, budget: &mut usize) -> Self {
        self.untold += self.kept.len().saturating_sub(*budget);
        self.kept.truncate(*budget);
        *budget -= self.kept.len();
        self
    }

    /// Moves them to the problems of the archive.
    pub(super) fn tell(self, file: &str, found: &mut Vec<Problem>, untold: &mut usize) {
        *untold += self.untold;
        let problem = |(line, message)| Problem { file: file.to_owned(), line, message };
        found.extend(self.kept.into_iter().map(problem));
    }
}

/// A text of the archive as messages show it: short, and harmless to terminals and logs.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}
