//! Replacements with `$1`, `${name}` and the like.

use super::haystack::Haystack;
use super::program::Regex;
use super::search::Span;
use crate::error::Failure;
use crate::exec::Budget;
use crate::unicode;

/// A part of a replacement.
#[derive(Debug)]
enum Part<'t> {
    Literal(&'t [u8]),
    Number(usize),
    Name(&'t [u8]),
}

/// What takes the place of a match.
#[derive(Debug)]
pub(crate) struct Replacement<'t>(Vec<Part<'t>>);

impl<'t> Replacement<'t> {
    /// Text that is put in as it is.
    pub(crate) fn literal(text: &'t [u8]) -> Self {
        Self(vec![Part::Literal(text)])
    }

    /// Text with references to groups.
    pub(crate) fn parse(template: &'t [u8]) -> Self {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
            let (before, tail) = rest.split_at(at);
            parts.push(Part::Literal(before));
            let after = tail.get(1..).unwrap_or_default();
            rest = match (after.first(), reference(after)) {
                (Some(b'$'), _) => {
                    parts.push(Part::Literal(b"$"));
                    after.get(1..).unwrap_or_default()
                }
                (_, Some((part, rest))) => {
                    parts.push(part);
                    rest
                }
                (_, None) => {
                    parts.push(Part::Literal(b"$"));
                    after
                }
            };
        }
        parts.push(Part::Literal(rest));
        Self(parts)
    }

    fn has_references(&self) -> bool {
        self.0.iter().any(|part| !matches!(part, Part::Literal(_) | Part::Number(0)))
    }
}

/// The reference that follows a dollar sign, and what follows it.
fn reference(text: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let (text, braced) = match text.strip_prefix(b"{") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (name, rest) = text.split_at(name_length(text));
    if name.is_empty() {
        return None;
    }
    let rest = if braced { rest.strip_prefix(b"}")? } else { rest };
    Some((number(name).map_or(Part::Name(name), Part::Number), rest))
}

/// How many bytes at the beginning are letters, digits and underscores.
fn name_length(text: &[u8]) -> usize {
    let mut length = 0;
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c != '_' && !unicode::is_letter(c) && !unicode::is_digit(c) {
                return length;
            }
            length += c.len_utf8();
        }
        if !chunk.invalid().is_empty() {
            break;
        }
    }
    length
}

/// The number that a name is; large ones and ones with leading zeros are names.
fn number(name: &[u8]) -> Option<usize> {
    let leading_zero = name.len() > 1 && name.starts_with(b"0");
    if leading_zero || name.len() > 9 || !name.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(name.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

/// The text with each match replaced.
pub(crate) fn expand(
    regex: &mut Regex,
    haystack: &Haystack<'_>,
    replacement: &Replacement<'_>,
    budget: &mut Budget,
) -> Result<Vec<u8>, Failure> {
    let grouped = replacement.has_references();
    let mut out = Vec::new();
    let mut last_end = 0;
    for replaced in regex.replaced(haystack, budget)? {
        let span = replaced.span;
        out.extend_from_slice(haystack.part(Span { start: last_end, end: span.start }));
        last_end = span.end;
        if !replaced.counts {
            continue;
        }
        let groups = if grouped { regex.groups(&haystack.text, span, budget)? } else { vec![Some(span)] };
        // Names are looked for among those of all groups.
        budget.spend((replacement.0.len() as u64).saturating_mul(1 + groups.len() as u64 / 16))?;
        for part in &replacement.0 {
            let piece = match part {
                Part::Literal(text) => text,
                Part::Number(number) => group(haystack, &groups, *number),
                Part::Name(name) => named(regex, haystack, &groups, name),
            };
            budget.bytes(piece.len())?;
            budget.fits(out.len().saturating_add(piece.len()))?;
            out.extend_from_slice(piece);
        }
    }
    out.extend_from_slice(haystack.part(Span { start: last_end, end: haystack.len() }));
    Ok(out)
}

fn group<'t>(haystack: &Haystack<'t>, groups: &[Option<Span>], number: usize) -> &'t [u8] {
    groups.get(number).copied().flatten().map_or(&[], |span| haystack.part(span))
}

/// The first group of this name that took part in the match.
fn named<'t>(regex: &Regex, haystack: &Haystack<'t>, groups: &[Option<Span>], name: &[u8]) -> &'t [u8] {
    let candidates = regex.names.iter().zip(groups).filter(|(known, _)| known.as_slice() == name);
    candidates.filter_map(|(_, span)| *span).next().map_or(&[], |span| haystack.part(span))
}
