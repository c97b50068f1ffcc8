//! Reads URLs.

use super::Url;
use super::escape::{Part, unescape};
use super::host;

/// What stands before the first `byte`, and behind it if there is one.
fn cut(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|found| *found == byte) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

impl Url {
    /// Reads a URL; the error says what is wrong.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let (text, fragment) = cut(text, b'#');
        let mut url = Self::without_fragment(text)?;
        url.fragment = unescape(fragment.unwrap_or_default(), Part::Fragment)?;
        Ok(url)
    }

    fn without_fragment(text: &[u8]) -> Result<Self, String> {
        if text.iter().any(u8::is_ascii_control) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let mut url = Self::default();
        let (scheme, rest) = scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (rest, query) = cut(rest, b'?');
        url.query = query.unwrap_or_default().to_vec();
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let mut path = rest;
        if let Some(authority) = rest.strip_prefix(b"//")
            && (!url.scheme.is_empty() || !authority.starts_with(b"/"))
        {
            let end = authority.iter().position(|byte| *byte == b'/').unwrap_or(authority.len());
            let (authority, tail) = authority.split_at(end);
            (url.user, url.host) = host::authority(&url.scheme, authority)?;
            path = tail;
        }
        url.path = unescape(path, Part::Path)?;
        Ok(url)
    }
}

/// The scheme, if there is one, and what follows it.
fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())),
            _ => break,
        }
    }
    Ok((&[], text))
}
