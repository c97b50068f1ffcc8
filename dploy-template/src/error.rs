//! The one error type: what went wrong, where, and what was expected.

use std::fmt::Write as _;
use std::sync::Arc;

/// What kind of mistake an [`Error`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The template's text is not a template.
    Parse,
    /// The template could not be carried out with this data.
    Execute,
    /// A bound of [`Limits`](crate::Limits) was exceeded.
    Limit,
    /// The rendered text is not YAML.
    Yaml,
    /// The rendered text is YAML, but its top level is no mapping.
    NotMapping,
    /// Marked text stands where it would decide the structure of the tree.
    Structure,
}

/// A mistake in a template, with its place in the template's text.
///
/// `Display` is one line, `name:line:column: message`; [`Error::report`] adds
/// the source line with a caret.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.headline())]
pub struct Error(Box<Detail>);

#[derive(Clone, Debug)]
struct Detail {
    kind: ErrorKind,
    template: String,
    line: usize,
    column: usize,
    source_line: String,
    message: String,
    expected: Option<String>,
}

impl Detail {
    fn headline(&self) -> String {
        let Self { template, line, column, message, .. } = self;
        let mut text = format!("{template}:{line}:{column}: {message}");
        if let Some(expected) = &self.expected {
            text.push_str(", expected ");
            text.push_str(expected);
        }
        text
    }
}

impl Error {
    /// What kind of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the template rendered, but not to a tree: [`ErrorKind::Yaml`],
    /// [`ErrorKind::NotMapping`] or [`ErrorKind::Structure`].
    #[must_use]
    pub fn is_yaml(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Yaml | ErrorKind::NotMapping | ErrorKind::Structure)
    }

    /// The name given to [`Template::parse`](crate::Template::parse).
    #[must_use]
    pub fn template(&self) -> &str {
        &self.0.template
    }

    /// The line in the template's text, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// That line of the template's text.
    #[must_use]
    pub fn source_line(&self) -> &str {
        &self.0.source_line
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What would have been right, where that can be said in a few words.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// Several lines for people: the message, the source line, and a caret
    /// under the place.
    #[must_use]
    pub fn report(&self) -> String {
        let number = self.0.line.to_string();
        let gutter = " ".repeat(number.len());
        // Tabs stay tabs so that the caret stands below its character.
        let lead: String = self.0.source_line.chars().take(self.0.column.saturating_sub(1)).collect();
        let lead: String = lead.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let mut report = self.0.headline();
        let _ = write!(report, "\n{gutter} |\n{number} | {}\n{gutter} | {lead}^", self.0.source_line);
        report
    }
}

/// The text that positions refer to.
#[derive(Debug)]
pub(crate) struct SourceText {
    pub(crate) name: String,
    pub(crate) text: Arc<str>,
}

/// Longer source lines are cut in errors.
const MAX_SOURCE_LINE: usize = 400;

impl SourceText {
    /// An error at a byte offset.
    pub(crate) fn error(&self, offset: usize, failure: Failure) -> Error {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_text = self.text.get(start..).unwrap_or_default();
        let line_text = line_text.split('\n').next().unwrap_or_default();
        Error(Box::new(Detail {
            kind: failure.kind,
            template: self.name.clone(),
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before.get(start..).unwrap_or_default().chars().count() + 1,
            source_line: line_text.trim_end_matches('\r').chars().take(MAX_SOURCE_LINE).collect(),
            message: failure.message,
            expected: failure.expected,
        }))
    }
}

/// An error that does not know its place yet.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) expected: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), expected: None }
    }

    pub(crate) fn execute(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Execute, message)
    }

    pub(crate) fn parse(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Parse, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}
