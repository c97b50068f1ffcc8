//! Classes in brackets.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::escape::{part, perl_class, single};
use super::fold::folded;
use super::parser::{Mistake, Parser, next_char};
use super::piece::Piece;
use super::tables::{chars, negated, posix_class};

impl<'p> Parser<'p> {
    pub(super) fn bracket(&mut self) -> Result<(), Mistake> {
        let whole = self.rest;
        self.skip(1);
        let is_negated = self.rest.starts_with(b"^");
        self.skip(usize::from(is_negated));
        let mut plain = Vec::new();
        let mut ranges = Vec::new();
        let mut first = true;
        while first || !self.rest.starts_with(b"]") {
            first = false;
            match self.bracket_class()? {
                Some(class) => {
                    self.spend(class.ranges().len() as u64)?;
                    ranges.extend_from_slice(class.ranges());
                }
                None => plain.extend(self.bracket_range(whole)?),
            }
            self.spend(1)?;
        }
        self.skip(1);
        match self.flags.fold {
            true => {
                // Each character of the ranges is looked up.
                let widths = plain.iter().map(|(low, high)| (u64::from(*high) - u64::from(*low)) / 16);
                self.spend(32 + widths.sum::<u64>())?;
                ranges.extend_from_slice(folded(&self.tables, plain.into_iter()).ranges());
            }
            false => ranges.extend(plain.into_iter().map(|(low, high)| ClassUnicodeRange::new(low, high))),
        }
        let class = ClassUnicode::new(ranges);
        self.push(Piece::class(if is_negated { negated(&class) } else { class }))
    }

    /// A class inside of the brackets, if one is next.
    fn bracket_class(&mut self) -> Result<Option<ClassUnicode>, Mistake> {
        if let Some(end) = self.rest.get(2..).filter(|_| self.rest.starts_with(b"[:")).and_then(posix_end) {
            let name = self.rest.get(2..end + 2).unwrap_or_default();
            let Some(class) = posix_class(name) else {
                let shown = self.rest.get(..end + 4).unwrap_or_default();
                return Err(Mistake::new("invalid character class range", shown));
            };
            self.skip(end + 4);
            return class.ranges(self).map(Some);
        }
        if matches!(self.rest, [b'\\', b'p' | b'P', ..]) {
            return self.unicode_class().map(Some);
        }
        let Some(class) = perl_class(self.rest) else { return Ok(None) };
        self.skip(2);
        class.ranges(self).map(Some)
    }

    /// A character, or two with a hyphen between.
    fn bracket_range(&mut self, whole: &'p [u8]) -> Result<Option<(char, char)>, Mistake> {
        let start = self.rest;
        let low = self.bracket_char(whole)?;
        let mut high = low;
        if matches!(self.rest, [b'-', next, ..] if *next != b']') {
            self.skip(1);
            high = self.bracket_char(whole)?;
            if high < low {
                return Err(Mistake::new("invalid character class range", part(start, self.rest)));
            }
        }
        Ok(chars(low, high))
    }

    fn bracket_char(&mut self, whole: &[u8]) -> Result<u32, Mistake> {
        let (code, rest) = match self.rest.first() {
            None => return Err(Mistake::new("missing closing ]", whole)),
            Some(b'\\') => single(self.rest)?,
            Some(_) => next_char(self.rest).map(|(c, rest)| (u32::from(c), rest))?,
        };
        self.rest = rest;
        Ok(code)
    }
}

/// Where the `:]` stands that ends the name of a POSIX class.
fn posix_end(text: &[u8]) -> Option<usize> {
    text.windows(2).position(|two| two == b":]")
}
