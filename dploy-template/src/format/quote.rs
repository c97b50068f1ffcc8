//! Go's `strconv.Quote` and its kin.

use crate::unicode::is_print;

/// The bytes between double quotes, escaped so that they are printable.
pub(crate) fn quote(bytes: &[u8], ascii_only: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 2);
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.bytes().position(|byte| !is_itself(byte)) {
            let (plain, tail) = rest.split_at(at);
            out.extend_from_slice(plain.as_bytes());
            let mut chars = tail.chars();
            chars.next().into_iter().for_each(|c| escape(&mut out, c, '"', ascii_only));
            rest = chars.as_str();
        }
        out.extend_from_slice(rest.as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
    out.push(b'"');
    out
}

/// Whether a byte between double quotes is ASCII that needs no look.
fn is_itself(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
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
        c if !ascii_only && is_print(c) => {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
        c => {
            let escaped = match u32::from(c) {
                code if code < 0x20 || code == 0x7f => format!("\\x{code:02x}"),
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
