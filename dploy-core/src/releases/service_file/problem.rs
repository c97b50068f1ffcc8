//! What is wrong with a service file, and where.

use std::fmt;

use crate::{
    error::{Classify, ErrorKind},
    yaml::Position,
};

/// The most problems that one report lists.
const MAX: usize = 100;

/// One thing wrong in a service file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The name of the file, as given to [`ServiceFile::parse`](super::ServiceFile::parse).
    pub file: String,
    /// Where the value, or the map that lacks it, begins.
    pub at: Position,
    /// The path of the field, such as `components[0].port`; empty when the file as a whole is wrong.
    pub field: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What is accepted there.
    pub accepted: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, field, message, accepted } = self;
        write!(f, "{file}:{}:{}: ", at.line, at.column)?;
        if !field.is_empty() {
            write!(f, "{field}: ")?;
        }
        write!(f, "{message}; accepted: {accepted}")
    }
}

/// Everything that is wrong in a service file, in the order of its lines; at least one problem, at most 100.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Err` with the problems in their order, `Ok` when there are none.
    pub(super) fn none_of(mut found: Vec<Problem>) -> Result<(), Self> {
        found.sort_by_key(|problem| (problem.at.line, problem.at.column));
        found.dedup();
        found.truncate(MAX);
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }

    /// The problems, first line first.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    /// One line a problem: `file:line:column: field: message; accepted: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl Classify for Problems {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "invalid_service_file"
    }
}
