//! The characters of strings that need not be UTF-8.

use std::borrow::Cow;

/// What stands for a byte that is not UTF-8.
pub(crate) const INVALID: char = '\u{fffd}';

/// The characters of a string and how many bytes each takes. Unlike in Rust's
/// lossy conversion each byte that is not UTF-8 is a character by itself.
pub(crate) fn runes(bytes: &[u8]) -> impl Iterator<Item = (char, usize)> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(|c| (c, c.len_utf8()));
        valid.chain(chunk.invalid().iter().map(|_| (INVALID, 1)))
    })
}

/// The text in which U+FFFD stands for each byte that is not UTF-8.
pub(crate) fn valid_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(runes(bytes).map(|(c, _)| c).collect()),
    }
}

/// The first character and how many bytes it takes.
pub(crate) fn first_rune(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    if first.is_ascii() {
        return Some((char::from(first), 1));
    }
    let head = bytes.get(..4).unwrap_or(bytes);
    runes(head).next()
}

/// The last character and how many bytes it takes.
pub(crate) fn last_rune(bytes: &[u8]) -> Option<(char, usize)> {
    let last = *bytes.last()?;
    if last.is_ascii() {
        return Some((char::from(last), 1));
    }
    let whole = (2..=4).find_map(|size| {
        let tail = bytes.get(bytes.len().checked_sub(size)?..)?;
        Some((std::str::from_utf8(tail).ok()?.chars().next()?, size))
    });
    Some(whole.unwrap_or((INVALID, 1)))
}

#[cfg(test)]
mod tests {
    use super::{first_rune, last_rune, runes};

    #[test]
    fn each_wrong_byte_is_a_character() {
        let text = b"a\xe2\x82\xff\xc3\xa9\xf0\x9f\x98";
        let forward: Vec<_> = runes(text).collect();
        let sizes: Vec<_> = forward.iter().map(|(_, size)| *size).collect();
        assert_eq!(sizes, [1, 1, 1, 1, 2, 1, 1, 1]);
        let (mut rest, mut backward) = (text.as_slice(), Vec::new());
        while let Some(rune) = last_rune(rest) {
            backward.insert(0, rune);
            rest = &rest[..rest.len() - rune.1];
        }
        assert_eq!(backward, forward);
        assert_eq!(first_rune(b"\xe2\x82"), Some(('\u{fffd}', 1)));
        assert_eq!(first_rune(b""), None);
    }
}
