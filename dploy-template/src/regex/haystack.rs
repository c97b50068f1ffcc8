//! Texts to search in.

use std::borrow::Cow;

use super::search::Span;

/// A text in which each byte that is not UTF-8 counts as U+FFFD, as in Go.
#[derive(Debug)]
pub(crate) struct Haystack<'t> {
    bytes: &'t [u8],
    pub(super) text: Cow<'t, str>,
    /// Where characters stand in `text` that are one byte in `bytes`
    replaced: Vec<usize>,
}

impl<'t> Haystack<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self { bytes, text: Cow::Borrowed(text), replaced: Vec::new() };
        }
        let mut text = String::with_capacity(bytes.len() + 16);
        let mut replaced = Vec::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for _ in chunk.invalid() {
                replaced.push(text.len());
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Self { bytes, text: Cow::Owned(text), replaced }
    }

    /// The original bytes of a part of the text.
    pub(crate) fn part(&self, span: Span) -> &'t [u8] {
        self.bytes.get(self.original(span.start)..self.original(span.end)).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    fn original(&self, at: usize) -> usize {
        at - 2 * self.replaced.partition_point(|replaced| *replaced < at)
    }
}
