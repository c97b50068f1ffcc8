//! Repetitions: `*`, `+`, `?`, `{2,5}`.

use super::escape::part;
use super::parser::{Mistake, Parser};

/// Go's bound of counts, also of those in each other.
const MAX_COUNT: u32 = 1000;

/// A repetition that was read.
struct Repeat<'t> {
    min: u32,
    max: Option<u32>,
    rest: &'t [u8],
}

/// A decimal number without leading zeros; too large ones are as good as any.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    if count == 0 || (count > 1 && digits.starts_with(b"0")) {
        return None;
    }
    let value =
        digits.iter().fold(0_u32, |value, digit| value.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    Some((value, rest))
}

/// Reads `{2}`, `{2,}` or `{2,5}`; none if it is not of that form.
fn counted(text: &[u8]) -> Option<Repeat<'_>> {
    let (min, rest) = number(text.strip_prefix(b"{")?)?;
    let (max, rest) = match rest.strip_prefix(b",") {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with(b"}") => (None, rest),
        Some(rest) => number(rest).map(|(max, rest)| (Some(max), rest))?,
    };
    Some(Repeat { min, max, rest: rest.strip_prefix(b"}")? })
}

impl Parser<'_> {
    /// Reads a repetition; false if it is a literal `{`.
    pub(super) fn repetition(&mut self, last: Option<&[u8]>) -> Result<bool, Mistake> {
        let before = self.rest;
        let rest = before.get(1..).unwrap_or_default();
        let repeat = match before.first() {
            Some(b'*') => Repeat { min: 0, max: None, rest },
            Some(b'+') => Repeat { min: 1, max: None, rest },
            Some(b'?') => Repeat { min: 0, max: Some(1), rest },
            _ => match counted(before) {
                Some(repeat) => repeat,
                None => {
                    self.rest = rest;
                    return self.literal(Some('{')).map(|()| false);
                }
            },
        };
        let bad_count = |rest| Mistake::new("invalid repeat count", part(before, rest));
        if repeat.min.max(repeat.max.unwrap_or(0)) > MAX_COUNT || repeat.max.is_some_and(|max| max < repeat.min) {
            return Err(bad_count(repeat.rest));
        }
        let (rest, lazy) = match repeat.rest.strip_prefix(b"?") {
            Some(rest) => (rest, !self.flags.lazy),
            None => (repeat.rest, self.flags.lazy),
        };
        if let Some(last) = last {
            return Err(Mistake::new("invalid nested repetition operator", part(last, rest)));
        }
        let Some(mut piece) = self.pop_piece() else {
            return Err(Mistake::new("missing argument to repetition operator", part(before, rest)));
        };
        if before.starts_with(b"{") {
            piece.copies = match repeat.max {
                Some(0) => 1,
                Some(max) => piece.copies.saturating_mul(u64::from(max)),
                None => piece.copies.saturating_mul(u64::from(repeat.min.max(1))),
            };
            let several = repeat.min >= 2 || repeat.max.is_some_and(|max| max >= 2);
            if several && piece.copies > u64::from(MAX_COUNT) {
                return Err(bad_count(rest));
            }
        }
        self.push_repeated(piece.repeated(repeat.min, repeat.max, !lazy))?;
        self.rest = rest;
        Ok(true)
    }
}
