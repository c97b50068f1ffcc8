//! PEM (RFC 7468) as Go's encoding/pem writes and reads it.

use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";
const LINE_LENGTH: usize = 64;

/// Like Go's, it does not look at the bits that a last character has too many.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// One block of a PEM text.
#[derive(Debug)]
pub(super) struct Block {
    /// What stands after `BEGIN`
    pub(super) label: String,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn encode(label: &str, bytes: &[u8]) -> Vec<u8> {
    let base64 = to_base64(bytes).into_bytes();
    let lines = base64.chunks(LINE_LENGTH).flat_map(|line| line.iter().copied().chain([b'\n']));
    let mut text = format!("-----BEGIN {label}-----\n").into_bytes();
    text.extend(lines);
    text.extend(format!("-----END {label}-----\n").into_bytes());
    text
}

/// The first well-formed block of a text. Anything else is skipped.
pub(super) fn decode(text: &[u8]) -> Option<Block> {
    let mut rest = text;
    loop {
        let end = find(rest, END)?;
        let inside = rest.get(..end)?;
        rest = rest.get(end + END.len()..)?;
        if let Some(block) = block(inside, rest) {
            return Some(block);
        }
    }
}

/// The block between the last beginning in `inside` and an end that is
/// followed by `after`.
fn block(inside: &[u8], after: &[u8]) -> Option<Block> {
    let begin = inside.windows(BEGIN.len()).rposition(|window| window == BEGIN)?;
    if begin > 0 && inside.get(begin - 1) != Some(&b'\n') {
        return None;
    }
    let (line, mut body) = first_line(inside.get(begin + BEGIN.len()..)?);
    let label = line.strip_suffix(DASHES)?;
    let (rest_of_end, _) = first_line(after.strip_prefix(label)?.strip_prefix(DASHES)?);
    if !rest_of_end.is_empty() {
        return None;
    }
    while let (line, next) = first_line(body)
        && line.contains(&b':')
    {
        body = next;
    }
    let base64: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')).collect();
    Some(Block { label: String::from_utf8_lossy(label).into_owned(), bytes: from_base64(&base64).ok()? })
}

/// The first line without white space at its end, and what follows it.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n');
    let (line, rest) = end.and_then(|end| text.split_at_checked(end + 1)).unwrap_or((text, &[]));
    let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
    let blank = line.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (line.get(..line.len() - blank).unwrap_or_default(), rest)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Reads base64 as Go does, line breaks anywhere.
pub(super) fn from_base64(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    BASE64.decode(text)
}
