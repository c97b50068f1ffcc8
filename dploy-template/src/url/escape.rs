//! Percent-escapes.

use crate::format;

/// A part of a URL, by the characters that it may hold as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    Host,
    /// The zone of an IPv6 address
    Zone,
    User,
    Fragment,
}

impl Part {
    /// Whether a byte stands in this part as it is.
    pub(super) fn holds(self, byte: u8) -> bool {
        let marks: &[u8] = match self {
            Self::Path => b"$&+,-./:;=@_~",
            Self::Host | Self::Zone => b"!\"$&'()*+,-.:;<=>[]_~",
            Self::User => b"$&+,-.;=_~",
            Self::Fragment => b"!$&()*+,-./:;=?@_~",
        };
        byte.is_ascii_alphanumeric() || marks.contains(&byte)
    }
}

pub(super) fn escape(bytes: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if part.holds(*byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

/// The byte that three characters such as `%2f` stand for.
fn escaped_byte(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low] = bytes else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Whether a part may say this byte by an escape.
fn may_escape(escape: &[u8], byte: u8, part: Part) -> bool {
    match part {
        // Only what a host cannot hold otherwise, and percent signs.
        Part::Host => byte >= 0x80 || escape == b"%25",
        Part::Zone => escape == b"%25" || byte == b' ' || Part::Host.holds(byte),
        _ => true,
    }
}

pub(super) fn unescape(bytes: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            if matches!(part, Part::Host | Part::Zone) && first.is_ascii() && !part.holds(*first) {
                return Err(format!("invalid character {} in host name", quoted(&[*first])));
            }
            out.push(*first);
            rest = tail;
            continue;
        }
        let (escape, tail) = rest.split_at(rest.len().min(3));
        match escaped_byte(escape) {
            Some(byte) if may_escape(escape, byte, part) => out.push(byte),
            _ => return Err(format!("invalid URL escape {}", quoted(escape))),
        }
        rest = tail;
    }
    Ok(out)
}

/// A text as Go quotes it in messages.
pub(super) fn quoted(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&format::quote(bytes, false)).into_owned()
}
