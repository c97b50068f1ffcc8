//! The documents of a text, one after another.

use std::fmt;

use granit_parser::{ErrorKind, Event, Parser, ScanError, StrInput, options};

use super::{
    Limits, Node, Position, YamlError,
    build::Builder,
    compose::{Document, Tail, position, too_deep},
};

/// Reads the documents of a text one by one; it ends after the first error.
///
/// A document without content is [`Content::Null`](super::Content::Null); a text of blanks and comments only has no
/// documents.
///
/// # Errors
/// Text that is not UTF-8 or not YAML, a key that stands twice in a map, and a limit that is passed.
pub fn documents<'t>(text: &'t [u8], limits: &Limits) -> Documents<'t> {
    let source = match std::str::from_utf8(text) {
        Ok(text) => Source::Text(Box::new((parser(text, limits), Tail::new(text)))),
        Err(error) => Source::Failed(not_utf8(text, error.valid_up_to())),
    };
    Documents { source, limits: *limits, count: 0, expansion: limits.expansion }
}

/// The documents that [`documents`] reads.
pub struct Documents<'t> {
    source: Source<'t>,
    limits: Limits,
    count: usize,
    /// What aliases may still repeat.
    expansion: usize,
}

enum Source<'t> {
    Text(Box<(Parser<'t, StrInput<'t>>, Tail<'t>)>),
    Failed(YamlError),
    Ended,
}

impl fmt::Debug for Documents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("limits", &self.limits).field("count", &self.count).finish_non_exhaustive()
    }
}

impl Documents<'_> {
    /// How much aliases have repeated so far, in the units of [`Limits::expansion`].
    #[must_use]
    pub fn expanded(&self) -> usize {
        self.limits.expansion.saturating_sub(self.expansion)
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Node, YamlError>;

    fn next(&mut self) -> Option<Self::Item> {
        match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Text(mut text) => {
                let next = self.read(&mut text.0, &text.1).transpose();
                if matches!(next, Some(Ok(_))) {
                    self.source = Source::Text(text);
                }
                next
            }
            Source::Failed(error) => Some(Err(error)),
            Source::Ended => None,
        }
    }
}

impl Documents<'_> {
    /// The next document, if there is one.
    fn read<'t>(&mut self, parser: &mut Parser<'t, StrInput<'t>>, tail: &Tail<'t>) -> Result<Option<Node>, YamlError> {
        let mut document = Document::default();
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| self.refused(&error))?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) => self.start(position(&span.start))?,
                Event::DocumentEnd => return self.finish(&document).map(Some),
                event => document.event(event, span, tail, &self.limits)?,
            }
        }
        Ok(None)
    }

    fn start(&mut self, at: Position) -> Result<(), YamlError> {
        self.count += 1;
        match self.count > self.limits.documents {
            true => Err(YamlError::new(at, format!("more than {} documents", self.limits.documents))),
            false => Ok(()),
        }
    }

    fn finish(&mut self, document: &Document<'_>) -> Result<Node, YamlError> {
        let root = document.root.unwrap_or_default();
        Builder::new(document, &self.limits, &mut self.expansion).node(root, 0)
    }

    fn refused(&self, error: &ScanError) -> YamlError {
        let at = position(error.marker());
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => too_deep(at, &self.limits),
            _ => YamlError::new(at, error.info()),
        }
    }
}

fn parser<'t>(text: &'t str, limits: &Limits) -> Parser<'t, StrInput<'t>> {
    let options = options! {
        emit_comments: false,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
    };
    Parser::new_from_str_with_options(text, options)
}

fn not_utf8(text: &[u8], end: usize) -> YamlError {
    let before = text.split_at_checked(end).map_or(text, |(before, _)| before);
    let before = String::from_utf8_lossy(before);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    YamlError::new(Position { line, column }, "a byte that is not UTF-8")
}
