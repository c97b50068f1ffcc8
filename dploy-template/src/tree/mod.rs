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
use crate::value::Text;
use compose::{Document, Kind, Part, compose};
use construct::{Constructor, Placed};
use standin::Masked;

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

/// What a scalar of YAML is in JSON, as sigs.k8s.io/yaml reads it.
///
/// `text` is its content without quotes, `plain` whether it stood without them, and `tag` its tag as written
/// behind `!!` (`str`, `int`, …; others make it a text). Plain text is read by YAML 1.1: `yes`, `no`, `on` and `off`
/// are booleans, `0x1f`, `017` and `1_000` numbers.
///
/// # Errors
/// Says why the text does not fit its tag, or that it has no JSON form (`.inf`, `.nan`).
pub fn yaml_scalar(text: &str, plain: bool, tag: Option<&str>) -> Result<Json, String> {
    scalar::literal(text, plain, tag).map_err(unprefixed)
}

/// The JSON name of a scalar key of YAML, as sigs.k8s.io/yaml writes it; the arguments are those of [`yaml_scalar`].
///
/// # Errors
/// Null and numbers of more than 63 bits cannot be keys.
pub fn yaml_key(text: &str, plain: bool, tag: Option<&str>) -> Result<String, String> {
    key::name(text, plain, tag).map_err(unprefixed)
}

fn unprefixed(failure: Failure) -> String {
    failure.message.strip_prefix("yaml: ").unwrap_or(&failure.message).to_owned()
}

/// Reads a text that nobody marked, of any shape, as sigs.k8s.io/yaml does.
/// The value has at most `limit` nodes and bytes.
pub(crate) fn read_any(text: &str, limit: usize) -> Result<Json, Failure> {
    let masked = Masked::new(&Text::from(text)).map_err(|(_, failure)| failure)?;
    document(&masked, limit).map(|(json, _)| json).map_err(|(_, failure)| failure)
}

/// The value of the first document, and where it begins.
fn document(masked: &Masked, limit: usize) -> Result<(Json, usize), Placed> {
    let mut document = compose(&masked.text);
    check_places(masked, &document)?;
    if let Some((at, failure)) = document.failure.take() {
        return Err((at, blamed(masked, at, failure)));
    }
    let Some(root) = document.root else {
        return Ok((Json::Null, 0));
    };
    let json = Constructor::new(masked, &document, limit).node(root)?;
    Ok((json, document.get(root).map_or(0, |node| node.start)))
}

fn tree(masked: &Masked, options: &RenderOptions) -> Result<Json, Placed> {
    let limit = options.limits.output_bytes.saturating_mul(ALIAS_FACTOR);
    match document(masked, limit)? {
        (json @ (Json::Null | Json::Object(_)), _) => Ok(json),
        (other, at) => {
            let found = match other {
                Json::Array(_) => "a list",
                Json::String(_) => "a string",
                Json::Number(_) => "a number",
                _ => "a boolean",
            };
            let failure = Failure::new(ErrorKind::NotMapping, format!("the rendered text is {found}"));
            Err((at, failure.expected("a mapping at the top level")))
        }
    }
}

/// A parser's finding, with the marked text on its line, which may be why.
fn blamed(masked: &Masked, at: usize, failure: Failure) -> Failure {
    let line = line_start(&masked.text, at);
    let end = masked.text.get(at..).and_then(|rest| rest.find('\n')).map_or(masked.text.len(), |length| at + length);
    match masked.standins.iter().find(|standin| (line..=end).contains(&standin.at)) {
        Some(standin) => {
            Failure { message: format!("{}, near {}", failure.message, standin.source.label()), ..failure }
        }
        None => failure,
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().rfind('\n').map_or(0, |newline| newline + 1)
}

/// Every stand-in is in a scalar, in a comment, or behind the document. Where
/// the parser gave up, the rest of the text is nowhere.
fn check_places(masked: &Masked, document: &Document) -> Result<(), Placed> {
    let mut seen = vec![false; masked.standins.len()];
    for node in document.nodes() {
        let Kind::Scalar(scalar) = &node.kind else { continue };
        for found in masked.find(&scalar.value) {
            if let Some(slot) = seen.get_mut(found.number) {
                *slot = true;
            }
        }
    }
    let directives = directives(&masked.text);
    for (standin, seen) in masked.standins.iter().zip(seen) {
        let index = document.parts.partition_point(|(place, _)| place.start <= standin.at);
        let part = index.checked_sub(1).and_then(|index| document.parts.get(index));
        let part = part.filter(|(place, _)| place.contains(&standin.at)).map(|(_, part)| *part);
        let role = match part {
            Some(Part::Comment) => continue,
            Some(Part::Anchor) => "an anchor",
            Some(Part::Alias) => "an alias",
            Some(Part::Tag) => "a tag",
            None if seen || standin.at >= document.end => continue,
            None if standin.at < directives => "a directive",
            None if document.failure.is_some() => continue,
            None => "the structure",
        };
        let message = format!("{} stands in {role} of the tree", standin.source.label());
        return Err((standin.at, Failure::new(ErrorKind::Structure, message).expected("values only")));
    }
    Ok(())
}

/// Where the directives before the first document end.
fn directives(text: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        match line.trim_end() {
            line if line.starts_with('%') => end = at,
            line if line.is_empty() || line.starts_with('#') => {}
            _ => break,
        }
    }
    end
}
