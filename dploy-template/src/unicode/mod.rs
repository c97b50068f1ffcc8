//! Characters as Go 1.26 knows them: Unicode 15.0.
//!
//! Rust's own tables follow newer versions of Unicode, where later characters
//! have letters' properties and some older ones another case.

mod category;
mod mapping;
mod runes;

pub(crate) use category::{is_digit, is_letter, is_lower, is_number, is_print, is_punctuation, is_title, is_upper};
pub(crate) use mapping::{to_lower, to_title, to_upper};
pub(crate) use runes::{INVALID, first_rune, last_rune, runes, valid_text};

/// Whether Go counts it as white space.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace()
}
