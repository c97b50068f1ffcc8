//! Upper and lower case.

use super::{STRING, changed};
use crate::functions::Function;
use crate::unicode::{
    is_digit, is_letter, is_lower, is_space, is_title, is_upper, runes, to_lower, to_title, to_upper,
};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("upper", STRING, |env, args| changed(env, args, upper))
        .doc("all letters in upper case", r#"upper "hello""#),
    Function::new("lower", STRING, |env, args| changed(env, args, lower))
        .doc("all letters in lower case", r#"lower "HELLO""#),
    Function::new("title", STRING, |env, args| changed(env, args, title))
        .doc("the first letter of each word in upper case", r#"title "hello world""#),
    Function::new("untitle", STRING, |env, args| changed(env, args, untitle))
        .doc("the first letter of each word in lower case", r#"untitle "Hello World""#),
    Function::new("swapcase", STRING, |env, args| changed(env, args, swap_case))
        .doc("upper case for lower case and the reverse", r#"swapcase "Hello World""#),
];

/// Each character changed on its own, in order; no change makes an ASCII
/// character one that is not.
fn map(bytes: &[u8], mut change: impl FnMut(char) -> char) -> Vec<u8> {
    if bytes.is_ascii() {
        return bytes.iter().map(|byte| u8::try_from(change(char::from(*byte))).unwrap_or(*byte)).collect();
    }
    let mut out = String::with_capacity(bytes.len());
    out.extend(runes(bytes).map(|(c, _)| change(c)));
    out.into_bytes()
}

fn upper(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_ascii() { bytes.to_ascii_uppercase() } else { map(bytes, to_upper) }
}

fn lower(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_ascii() { bytes.to_ascii_lowercase() } else { map(bytes, to_lower) }
}

/// Whether a word ends before this character.
fn separates(c: char) -> bool {
    match c {
        '_' => false,
        c if c.is_ascii() => !c.is_ascii_alphanumeric(),
        c => !is_letter(c) && !is_digit(c) && is_space(c),
    }
}

fn title(bytes: &[u8]) -> Vec<u8> {
    let mut before = ' ';
    map(bytes, |c| {
        let starts = separates(before);
        before = c;
        if starts { to_title(c) } else { c }
    })
}

fn untitle(bytes: &[u8]) -> Vec<u8> {
    let mut starts = true;
    map(bytes, |c| {
        if is_space(c) {
            starts = true;
            c
        } else if std::mem::take(&mut starts) {
            to_lower(c)
        } else {
            c
        }
    })
}

/// A lower case letter at the start of a word gets its title case.
fn swap_case(bytes: &[u8]) -> Vec<u8> {
    let mut starts = true;
    map(bytes, |c| {
        if is_upper(c) || is_title(c) {
            starts = false;
            to_lower(c)
        } else if !is_lower(c) {
            starts = is_space(c);
            c
        } else if std::mem::take(&mut starts) {
            to_title(c)
        } else {
            to_upper(c)
        }
    })
}
