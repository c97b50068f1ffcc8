//! Rendered text as a tree whose structure only the template's author decides.
//!
//! Marked text does not take part in parsing: a stand-in of letters does. What
//! it stands for is filled in when the structure is known.

mod compose;
mod construct;
mod fill;
mod key;
mod resolve;
mod scalar;
mod standin;

use serde_json::Value as Json;

pub(crate) use resolve::{Resolved, resolve};

use crate::error::{Error, ErrorKind, Failure, SourceText};
use crate::exec::Rendered;
use crate::options::RenderOptions;
use compose::{Document, Kind, compose};
use construct::Constructor;
use standin::{Masked, Standin};

/// Aliases may make the tree this much larger than the rendered text may be.
const ALIAS_FACTOR: usize = 4;

/// Reads rendered text as YAML. The top level is a mapping or nothing.
pub(crate) fn read(source: &SourceText, rendered: &Rendered, options: &RenderOptions) -> Result<Json, Error> {
    let masked = Masked::new(&rendered.text).map_err(|(at, failure)| located(source, rendered, at, failure))?;
    tree(&masked, options).map_err(|(at, failure)| located(source, rendered, masked.rendered_offset(at), failure))
}

/// An error at the place in the template that wrote this byte.
fn located(source: &SourceText, rendered: &Rendered, at: usize, failure: Failure) -> Error {
    let index = rendered.origins.partition_point(|(start, _)| *start <= at);
    let origin = index.checked_sub(1).and_then(|index| rendered.origins.get(index));
    let offset = origin.map_or(0, |(start, pos)| {
        let end = rendered.origins.get(index).map_or(source.text.len(), |(_, pos)| *pos);
        // Within text the places agree byte by byte; an action is one place.
        let literal = source.text.get(*pos..).is_some_and(|text| {
            let bytes = rendered.text.as_bytes().get(*start..=at).unwrap_or_default();
            text.as_bytes().starts_with(bytes)
        });
        if literal { (pos + at - start).min(end.max(*pos)) } else { *pos }
    });
    source.error(offset, failure)
}

fn tree(masked: &Masked, options: &RenderOptions) -> Result<Json, (usize, Failure)> {
    let document = compose(&masked.text).map_err(|(at, failure)| (at, blamed(masked, at, failure)))?;
    check_places(masked, &document)?;
    let limit = options.limits.output_bytes.saturating_mul(ALIAS_FACTOR);
    let root = document.root.map(|root| Constructor::new(masked, &document, limit).node(root));
    match root.transpose()? {
        None | Some(Json::Null) => Ok(Json::Null),
        Some(object @ Json::Object(_)) => Ok(object),
        Some(other) => {
            let found = match other {
                Json::Array(_) => "a list",
                Json::String(_) => "a string",
                Json::Number(_) => "a number",
                _ => "a boolean",
            };
            let at = document.root.and_then(|root| document.get(root)).map_or(0, |node| node.start);
            let failure = Failure::new(ErrorKind::NotMapping, format!("the rendered text is {found}"));
            Err((at, failure.expected("a mapping at the top level")))
        }
    }
}

/// The line of the masked text around a place.
fn line_around(text: &str, at: usize) -> (usize, &str) {
    let start = text.get(..at).unwrap_or_default().rfind('\n').map_or(0, |newline| newline + 1);
    let rest = text.get(start..).unwrap_or_default();
    (start, rest.split('\n').next().unwrap_or_default())
}

/// What a stand-in is, by the character that its word begins with.
fn role(masked: &Masked, at: usize) -> Option<&'static str> {
    let (start, line) = line_around(&masked.text, at);
    if line.starts_with('%') {
        return Some("a directive");
    }
    let before = line.get(..at.saturating_sub(start)).unwrap_or_default();
    let word = before.rsplit([' ', '\t', ',', '[', '{']).next().unwrap_or_default();
    match word.chars().next() {
        Some('&') => Some("an anchor"),
        Some('*') => Some("an alias"),
        Some('!') => Some("a tag"),
        _ => None,
    }
}

fn misplaced(standin: &Standin, role: &str) -> Failure {
    let message = format!("{} stands in {role} of the tree", standin.source.label());
    Failure::new(ErrorKind::Structure, message).expected("values only")
}

/// A parser's finding, with the marked text on its line, which may be why.
fn blamed(masked: &Masked, at: usize, failure: Failure) -> Failure {
    let (start, line) = line_around(&masked.text, at);
    let near: Vec<&Standin> = masked.find(line).into_iter().filter_map(|found| masked.get(found)).collect();
    if failure.kind == ErrorKind::Limit {
        return failure;
    }
    let decided = near.iter().find_map(|standin| Some((standin, role(masked, standin.at)?)));
    if let Some((standin, role)) = decided {
        return misplaced(standin, role);
    }
    let Some(first) = near.iter().find(|standin| standin.at >= start) else {
        return failure;
    };
    Failure { message: format!("{}, near {}", failure.message, first.source.label()), ..failure }
}

/// Every stand-in is in a scalar, in a comment, or behind the document.
fn check_places(masked: &Masked, document: &Document) -> Result<(), (usize, Failure)> {
    let mut seen = vec![false; masked.standins.len()];
    let mut spans = Vec::new();
    for node in document.nodes() {
        if let Kind::Scalar(scalar) = &node.kind {
            spans.push((scalar.start, scalar.end));
            for found in masked.find(&scalar.value) {
                if let Some(slot) = seen.get_mut(found.number) {
                    *slot = true;
                }
            }
        }
    }
    spans.sort_unstable();
    for (standin, seen) in masked.standins.iter().zip(seen) {
        if seen || standin.at >= document.end || in_comment(&masked.text, standin.at, &spans) {
            continue;
        }
        let role = role(masked, standin.at).unwrap_or("the structure");
        return Err((standin.at, misplaced(standin, role)));
    }
    Ok(())
}

/// Whether a `#` outside of scalars opens a comment before this place.
fn in_comment(text: &str, at: usize, spans: &[(usize, usize)]) -> bool {
    let (start, line) = line_around(text, at);
    let before = line.get(..at.saturating_sub(start)).unwrap_or_default();
    before.match_indices('#').any(|(offset, _)| {
        let opens = offset == 0 || before.get(..offset).is_some_and(|text| text.ends_with([' ', '\t']));
        let place = start + offset;
        let index = spans.partition_point(|(begin, _)| *begin <= place);
        let inside = index.checked_sub(1).and_then(|index| spans.get(index)).is_some_and(|(_, end)| place < *end);
        opens && !inside
    })
}
