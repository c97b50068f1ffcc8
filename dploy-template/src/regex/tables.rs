//! The classes of characters that have a name in Perl or POSIX.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::fold::folded;
use super::parser::{Mistake, Parser};

/// The characters from one code to another; none if all are surrogates.
pub(super) fn chars(low: u32, high: u32) -> Option<(char, char)> {
    let low = char::from_u32(low).unwrap_or('\u{e000}');
    let high = char::from_u32(high).unwrap_or('\u{d7ff}');
    (low <= high).then_some((low, high))
}

/// All other characters. `ClassUnicode::negate` is wrong where one range ends
/// and the next one begins at the surrogates.
pub(super) fn negated(class: &ClassUnicode) -> ClassUnicode {
    let mut ranges = Vec::with_capacity(class.ranges().len() + 1);
    let mut next = 0;
    for range in class.ranges() {
        let low = u32::from(range.start());
        if low > next {
            ranges.extend(chars(next, low - 1));
        }
        next = u32::from(range.end()) + 1;
    }
    if next <= u32::from(char::MAX) {
        ranges.extend(chars(next, u32::from(char::MAX)));
    }
    ClassUnicode::new(ranges.into_iter().map(|(low, high)| ClassUnicodeRange::new(low, high)))
}

/// A class of ASCII characters, or of all others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    ranges: &'static [(char, char)],
    negated: bool,
}

impl Named {
    pub(super) const fn new(ranges: &'static [(char, char)], negated: bool) -> Self {
        Self { ranges, negated }
    }

    /// Its characters under the flags of a parser.
    pub(super) fn ranges(self, parser: &mut Parser<'_>) -> Result<ClassUnicode, Mistake> {
        parser.spend(8)?;
        let class = match parser.flags.fold {
            true => folded(&parser.tables, self.ranges.iter().copied()),
            false => ClassUnicode::new(self.ranges.iter().map(|(low, high)| ClassUnicodeRange::new(*low, *high))),
        };
        Ok(if self.negated { negated(&class) } else { class })
    }
}

pub(super) const DIGIT: &[(char, char)] = &[('0', '9')];
/// Without the vertical tab, unlike `[:space:]`
pub(super) const PERL_SPACE: &[(char, char)] = &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')];
pub(super) const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// The class of `[:name:]` or `[:^name:]`.
pub(super) fn posix_class(name: &[u8]) -> Option<Named> {
    let (name, negated) = match name.strip_prefix(b"^") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let ranges: &'static [(char, char)] = match name {
        b"alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        b"alpha" => &[('A', 'Z'), ('a', 'z')],
        b"ascii" => &[('\0', '\u{7f}')],
        b"blank" => &[('\t', '\t'), (' ', ' ')],
        b"cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        b"digit" => DIGIT,
        b"graph" => &[('!', '~')],
        b"lower" => &[('a', 'z')],
        b"print" => &[(' ', '~')],
        b"punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        b"space" => &[('\t', '\r'), (' ', ' ')],
        b"upper" => &[('A', 'Z')],
        b"word" => WORD,
        b"xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    };
    Some(Named::new(ranges, negated))
}
