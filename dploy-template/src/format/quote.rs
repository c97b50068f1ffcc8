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
    let letter = match c {
        '\\' => '\\',
        c if c == quote => quote,
        ' '..='~' => {
            out.extend(u8::try_from(c));
            return;
        }
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        c => {
            let escaped = match u32::from(c) {
                code if code < 0x20 || code == 0x7f => format!("\\x{code:02x}"),
                _ if !ascii_only && is_print(c) => c.to_string(),
                code if code < 0x1_0000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            };
            out.extend_from_slice(escaped.as_bytes());
            return;
        }
    };
    out.push(b'\\');
    out.extend(u8::try_from(letter));
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
