//! Go's `strconv.Quote` and its kin.

use crate::unicode::is_print;

/// The bytes between double quotes, escaped so that they are printable.
pub(crate) fn quote(bytes: &[u8], ascii_only: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            escape(&mut out, c, '"', ascii_only);
        }
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
    out.push(b'"');
    out
}

/// A character between single quotes.
pub(crate) fn quote_char(c: char, ascii_only: bool) -> Vec<u8> {
    let mut out = vec![b'\''];
    escape(&mut out, c, '\'', ascii_only);
    out.push(b'\'');
    out
}

fn escape(out: &mut Vec<u8>, c: char, quote: char, ascii_only: bool) {
    let simple = match c {
        '\\' => Some('\\'),
        c if c == quote => Some(quote),
        '\u{7}' => Some('a'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\u{b}' => Some('v'),
        _ => None,
    };
    let escaped = match simple {
        Some(letter) => format!("\\{letter}"),
        None if is_print(c) && (c.is_ascii() || !ascii_only) => c.to_string(),
        None if u32::from(c) < 0x20 || c == '\u{7f}' => format!("\\x{:02x}", u32::from(c)),
        None if u32::from(c) < 0x1_0000 => format!("\\u{:04x}", u32::from(c)),
        None => format!("\\U{:08x}", u32::from(c)),
    };
    out.extend_from_slice(escaped.as_bytes());
}

/// Whether the text can stand between backquotes on one line.
pub(crate) fn can_backquote(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().all(|c| match c {
            '\t' => true,
            '`' | '\u{feff}' | '\u{7f}' => false,
            c => c >= ' ',
        })
    })
}
