//! Byte strings with marks.

use std::{borrow::Cow, cmp::Ordering, fmt, ops::Range, sync::Arc};

use super::Value;
use super::bytes::Bytes;
use super::mark::{Mark, Marks, Notation, Remembered, Source, SourceSet};

/// A Go string: bytes that are usually UTF-8, with the ranges a user supplied.
///
/// Cheap to clone. Comparison and ordering look at the bytes only.
#[derive(Clone, Default)]
pub struct Text {
    bytes: Bytes,
    marks: Marks,
}

impl Text {
    /// Text that a user supplied, all of it.
    pub fn marked(text: impl AsRef<[u8]>, source: &Source) -> Self {
        let bytes = text.as_ref();
        let mark = Mark::new(0, bytes.len(), source.clone());
        Self { bytes: Bytes::from(bytes), marks: Some(Arc::new(vec![mark])) }
    }

    /// Text of that source, all of it; without one, of the template's author or the program.
    pub(crate) fn from_source(text: impl AsRef<[u8]>, source: Option<&Source>) -> Self {
        match source {
            Some(source) => Self::marked(text, source),
            None => Self { bytes: Bytes::from(text.as_ref()), marks: None },
        }
    }

    /// The result of a function that computes on strings: all of it is marked
    /// if anything in `sources` was.
    pub(crate) fn computed(bytes: impl AsRef<[u8]>, sources: SourceSet) -> Self {
        Self::from_source(bytes, sources.into_source().as_ref())
    }

    /// What `toJson` or `toYaml` wrote for `value`.
    pub(crate) fn remembered(bytes: Vec<u8>, source: Source, value: Value, notation: Notation) -> Self {
        let mut mark = Mark::new(0, bytes.len(), source);
        mark.value = Some(Arc::new(Remembered { value, notation }));
        Self { bytes: Bytes::from(bytes), marks: Some(Arc::new(vec![mark])) }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// The text, with U+FFFD in place of what is not UTF-8.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// Whether a user supplied any part of the text.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.marks.is_some()
    }

    pub(super) fn into_parts(self) -> (Bytes, Marks) {
        (self.bytes, self.marks)
    }

    pub(super) fn from_parts(bytes: &Bytes, marks: &Marks) -> Self {
        Self { bytes: bytes.clone(), marks: marks.clone() }
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        self.marks.as_deref().map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn add_sources(&self, set: &mut SourceSet) {
        for mark in self.marks() {
            set.add(&mark.source);
        }
    }

    /// The bytes `start..end` with the marks that lie in them, as `trim` keeps them.
    pub(crate) fn trimmed(&self, start: usize, end: usize) -> Self {
        let mut out = TextBuf::default();
        out.push_range(self, start..end, 0..self.len());
        out.finish()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())?;
        if self.is_marked() { f.write_str(" (marked)") } else { Ok(()) }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes: Bytes::from(bytes), marks: None }
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self { bytes: Bytes::from(bytes), marks: None }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_bytes())
    }
}

/// Whether the bytes are white space of Unicode, which `trim` cuts off.
fn is_space(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.trim().is_empty())
}

/// Text under construction.
#[derive(Debug, Default)]
pub(crate) struct TextBuf {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

impl TextBuf {
    /// Text of about this size.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), marks: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn push(&mut self, literal: &[u8]) {
        self.bytes.extend_from_slice(literal);
    }

    pub(crate) fn push_int(&mut self, n: i64) {
        self.push_str(itoa::Buffer::new().format(n));
    }

    pub(crate) fn push_byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn push_str(&mut self, literal: &str) {
        self.push(literal.as_bytes());
    }

    pub(crate) fn push_char(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    /// Appends bytes that are marked as a whole when `source` is given.
    pub(crate) fn push_computed(&mut self, bytes: &[u8], source: Option<&Source>) {
        let start = self.len();
        self.push(bytes);
        if let Some(source) = source {
            self.marks.push(Mark::new(start, self.len(), source.clone()));
        }
    }

    /// Appends text with its marks as they are.
    pub(crate) fn push_text(&mut self, text: &Text) {
        let base = self.len();
        self.push(text.as_bytes());
        self.marks.extend(text.marks().iter().map(|mark| mark.moved(base + mark.start)));
    }

    /// Appends the bytes `part` of a text, of which the others in `of` are cut
    /// off. Marks are cut too; one that is cut to nothing still holds its
    /// place, as whether a text is marked must not depend on what it says. A
    /// remembered value survives only if white space alone is cut.
    pub(crate) fn push_range(&mut self, text: &Text, part: Range<usize>, of: Range<usize>) {
        let base = self.len();
        let bytes = text.as_bytes();
        self.push(bytes.get(part.clone()).unwrap_or_default());
        let inside = |mark: &&Mark| mark.start <= part.end && mark.end >= part.start;
        let shared = |mark: &&Mark| mark.end > part.start && mark.start < part.end;
        let gone = |mark: &&Mark| mark.start >= of.start && mark.end <= of.end;
        for mark in text.marks().iter().filter(|mark| shared(mark) || gone(mark)) {
            let (from, to) = (mark.start.clamp(part.start, part.end), mark.end.clamp(part.start, part.end));
            let mut kept = Mark { start: base + from - part.start, end: base + to - part.start, ..mark.clone() };
            let cut = [bytes.get(mark.start..from), bytes.get(to..mark.end)];
            if !inside(&mark) || !cut.into_iter().flatten().all(is_space) {
                kept.value = None;
            }
            self.marks.push(kept);
        }
    }

    /// Appends text that a function looked into: remembered values become
    /// ordinary marks.
    pub(crate) fn push_seen(&mut self, text: &Text) {
        if !text.is_marked() {
            self.push(text.as_bytes());
            return;
        }
        let first = self.marks.len();
        self.push_text(text);
        self.forget_values(first);
    }

    /// Appends the first bytes of a text that a function looked into.
    pub(crate) fn push_seen_start(&mut self, text: &Text, end: usize) {
        let first = self.marks.len();
        self.push_range(text, 0..end, 0..text.len());
        self.forget_values(first);
    }

    fn forget_values(&mut self, first: usize) {
        for mark in self.marks.iter_mut().skip(first) {
            mark.value = None;
        }
    }

    /// Adds a mark over bytes pushed before.
    pub(crate) fn push_mark(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    pub(crate) fn finish(self) -> Text {
        let marks = (!self.marks.is_empty()).then(|| Arc::new(self.marks));
        Text { bytes: Bytes::from(self.bytes), marks }
    }

    /// The bytes alone.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
