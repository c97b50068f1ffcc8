//! Hyphen ranges: `1.2 - 2.3` is `>= 1.2, <= 2.3`.

use super::Parts;

/// A constraint with every hyphen range written as two comparisons. The
/// ranges are looked for in the whole text and replaced one by one where
/// their text first occurs, as the original does. `work` is asked before
/// bytes are looked at.
pub(super) fn rewrite<E>(text: &str, mut work: impl FnMut(usize) -> Result<(), E>) -> Result<String, E> {
    let mut out = text.to_owned();
    let mut rest = text;
    while let Some((found, after)) = next_range(rest, &mut work)? {
        work(out.len())?;
        out = out.replacen(found.text, &format!(">= {}, <= {} ", found.low, found.high), 1);
        rest = after;
    }
    Ok(out)
}

struct Range<'t> {
    text: &'t str,
    low: &'t str,
    high: &'t str,
}

/// White space of Go's regular expressions.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// What numbers of a constraint are made of: digits and placeholders.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'|' | b'x' | b'X' | b'*')
}

pub(super) fn skip_spaces(text: &str) -> &str {
    text.trim_start_matches(|c: char| u8::try_from(c).is_ok_and(is_space))
}

/// The first range, and what follows it.
fn next_range<'t, E>(
    text: &'t str,
    work: &mut impl FnMut(usize) -> Result<(), E>,
) -> Result<Option<(Range<'t>, &'t str)>, E> {
    let mut rest = text;
    loop {
        let word_at = skip_spaces(rest);
        if word_at.is_empty() {
            return Ok(None);
        }
        let length = word_at.bytes().take_while(|byte| !is_space(*byte)).count();
        let (word, after) = word_at.split_at_checked(length).unwrap_or_default();
        if let Some((high, after)) = upper_end(after) {
            work(word.len().saturating_mul(word.len()))?;
            if let Some(low) = lower_end(word) {
                // The spaces before belong to the range if it begins the word.
                let before = if low.len() == word.len() { rest.len() } else { low.len() + word_at.len() - word.len() };
                let whole = text.get(text.len() - before..text.len() - after.len()).unwrap_or_default();
                return Ok(Some((Range { text: whole, low, high }, after)));
            }
        }
        rest = after;
    }
}

/// The longest end of a word that is a version.
fn lower_end(word: &str) -> Option<&str> {
    let mut ends = word.char_indices().filter_map(|(at, _)| word.get(at..));
    ends.find(|end| Parts::split(end, is_digit).is_some_and(|parts| parts.rest.is_empty()))
}

/// The version after a hyphen between spaces, and what follows it.
fn upper_end(text: &str) -> Option<(&str, &str)> {
    let after = skip_spaces(text).strip_prefix('-').filter(|_| text.len() > skip_spaces(text).len())?;
    let version = skip_spaces(after);
    let parts = Parts::split(version, is_digit).filter(|_| version.len() < after.len())?;
    let high = version.get(..version.len() - parts.rest.len())?;
    Some((high, skip_spaces(parts.rest)))
}
