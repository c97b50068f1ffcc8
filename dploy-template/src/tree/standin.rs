//! Stand-ins: letters that take the place of marked text while YAML is parsed.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::ErrorKind;
use crate::error::Failure;
use crate::value::{DeclaredType, Mark, Notation, Remembered, Source, Text, Value};

/// A stand-in is `Q`, seven letters that the author's text holds nowhere
/// after a `Q`, and six letters that number it.
const PREFIX_LEN: usize = 8;
const NUMBER_LEN: usize = 6;
pub(super) const LEN: usize = PREFIX_LEN + NUMBER_LEN;

/// What a stand-in stands for.
#[derive(Debug)]
pub(super) enum Content {
    /// Text of a user
    Text,
    /// A value that `toJson`, or `toYaml` on one line, wrote: one scalar
    Scalar(Arc<Remembered>),
    /// A list that `toYaml` wrote: `- X`
    Item(Arc<Remembered>),
    /// A mapping that `toYaml` wrote: `X: Y`
    Entry(Arc<Remembered>),
    /// The `Y` of an entry
    Partner,
}

/// A marked range and its stand-in.
#[derive(Debug)]
pub(super) struct Standin {
    pub(super) content: Content,
    /// The text of the range without the spaces that `indent` put into it
    pub(super) text: String,
    /// Those spaces, per line
    pub(super) indent: usize,
    pub(super) source: Source,
    /// Where it stands in `Masked::text`, in bytes
    pub(super) at: usize,
}

/// Rendered text with stand-ins in place of marked ranges.
#[derive(Debug)]
pub(super) struct Masked {
    pub(super) text: String,
    pub(super) standins: Vec<Standin>,
    prefix: String,
    /// (offset here, offset in the rendered text), ascending
    offsets: Vec<(usize, usize)>,
}

/// A stand-in found in a text: its number and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) number: usize,
    pub(super) at: usize,
}

impl Masked {
    /// Puts stand-ins in place of marks. The error is the offset of a byte
    /// that is not UTF-8.
    pub(super) fn new(rendered: &Text) -> Result<Self, (usize, Failure)> {
        let pieces = pieces(rendered)?;
        let prefix = unused_prefix(&pieces);
        let blank = blank_on_their_line(&pieces);
        let mut masked = Self { text: String::new(), standins: Vec::new(), prefix, offsets: Vec::new() };
        for (index, piece) in pieces.iter().enumerate() {
            masked.offsets.push((masked.text.len(), piece.start()));
            match piece {
                Piece::Literal(_, text) => masked.text.push_str(text),
                Piece::Marked(..) if blank.get(index) == Some(&true) => {}
                Piece::Marked(mark, text) => masked.mark(mark, text),
            }
        }
        Ok(masked)
    }

    fn mark(&mut self, mark: &Mark, raw: &str) {
        let text = raw.replace(&format!("\n{}", " ".repeat(mark.indent)), "\n");
        let content = match &mark.value {
            None => Content::Text,
            Some(value) => match (value.notation, &value.value) {
                (Notation::Yaml, Value::List(list)) if !list.is_empty() => Content::Item(value.clone()),
                (Notation::Yaml, Value::Map(dict)) if !dict.is_empty() => Content::Entry(value.clone()),
                (Notation::Yaml, Value::Struct(object)) if object.fields().len() > 0 => Content::Entry(value.clone()),
                _ => Content::Scalar(value.clone()),
            },
        };
        let lead = if matches!(content, Content::Item(_)) { "- " } else { "" };
        let entry = matches!(content, Content::Entry(_));
        self.text.push_str(lead);
        self.push(content, text, mark);
        if entry {
            self.text.push_str(": ");
            self.push(Content::Partner, String::new(), mark);
        }
    }

    fn push(&mut self, content: Content, text: String, mark: &Mark) {
        let at = self.text.len();
        let number = self.standins.len();
        self.text.push_str(&self.prefix);
        for nibble in (0..NUMBER_LEN).rev() {
            let nibble = u8::try_from(number >> (4 * nibble) & 15).unwrap_or_default();
            self.text.push(char::from(b'a' + nibble));
        }
        self.standins.push(Standin { content, text, indent: mark.indent, source: mark.source.clone(), at });
    }

    /// The stand-ins in a part of the parsed text.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        if self.standins.is_empty() {
            return Vec::new();
        }
        let found = text.match_indices(&self.prefix).filter_map(|(at, _)| {
            let letters = text.get(at + PREFIX_LEN..at + LEN)?;
            let number = letters.bytes().fold(0, |number, letter| number << 4 | usize::from(letter.wrapping_sub(b'a')));
            (number < self.standins.len()).then_some(Found { number, at })
        });
        found.collect()
    }

    pub(super) fn get(&self, found: Found) -> Option<&Standin> {
        self.standins.get(found.number)
    }

    /// The offset in the rendered text that an offset here came from.
    pub(super) fn rendered_offset(&self, at: usize) -> usize {
        let index = self.offsets.partition_point(|(here, _)| *here <= at);
        let Some((here, there)) = index.checked_sub(1).and_then(|index| self.offsets.get(index)) else {
            return at;
        };
        there + (at - here)
    }
}

enum Piece<'t> {
    Literal(usize, &'t str),
    Marked(&'t Mark, String),
}

impl Piece<'_> {
    fn start(&self) -> usize {
        match self {
            Self::Literal(start, _) => *start,
            Self::Marked(mark, _) => mark.start,
        }
    }
}

fn pieces(rendered: &Text) -> Result<Vec<Piece<'_>>, (usize, Failure)> {
    let bytes = rendered.as_bytes();
    let literal = |start: usize, end: usize| {
        let part = bytes.get(start..end).unwrap_or_default();
        std::str::from_utf8(part)
            .map_err(|error| (start + error.valid_up_to(), Failure::new(ErrorKind::Yaml, "yaml: invalid UTF-8")))
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    for mark in rendered.marks() {
        pieces.push(Piece::Literal(at, literal(at, mark.start)?));
        let marked = bytes.get(mark.start..mark.end).unwrap_or_default();
        pieces.push(Piece::Marked(mark, String::from_utf8_lossy(marked).into_owned()));
        at = mark.end;
    }
    pieces.push(Piece::Literal(at, literal(at, bytes.len())?));
    Ok(pieces)
}

/// A prefix that none of the author's text holds.
fn unused_prefix(pieces: &[Piece<'_>]) -> String {
    let mut used = HashSet::new();
    for piece in pieces {
        let Piece::Literal(_, text) = piece else { continue };
        used.extend(text.match_indices('Q').filter_map(|(at, _)| text.get(at..at + PREFIX_LEN)));
    }
    let mut attempt = 0;
    loop {
        let prefix = prefix(attempt);
        if !used.contains(prefix.as_str()) {
            return prefix;
        }
        attempt += 1;
    }
}

/// `Q` and the number in letters.
fn prefix(number: u32) -> String {
    let letter = |place: u32| u8::try_from(number / 26_u32.pow(place) % 26).unwrap_or_default();
    let letters = (0..6).rev().map(|place| char::from(b'a' + letter(place)));
    ['Q', 'z'].into_iter().chain(letters).collect()
}

/// Which pieces are empty text with nothing but white space on their line:
/// they leave the line blank, as they do in Go.
fn blank_on_their_line(pieces: &[Piece<'_>]) -> Vec<bool> {
    let mut blank = vec![false; pieces.len()];
    let mut line: Vec<usize> = Vec::new();
    let mut has_content = false;
    let mut flush = |line: &mut Vec<usize>, has_content: &mut bool| {
        for index in line.drain(..) {
            if let Some(slot) = blank.get_mut(index) {
                *slot = !*has_content;
            }
        }
        *has_content = false;
    };
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(_, text) => {
                for (number, part) in text.split('\n').enumerate() {
                    if number > 0 {
                        flush(&mut line, &mut has_content);
                    }
                    has_content |= !part.trim().is_empty();
                }
            }
            // Declared as a string it is an empty string instead.
            Piece::Marked(mark, text)
                if text.is_empty() && mark.source.declared_type() != Some(DeclaredType::String) =>
            {
                line.push(index);
            }
            Piece::Marked(..) => has_content = true,
        }
    }
    flush(&mut line, &mut has_content);
    blank
}
