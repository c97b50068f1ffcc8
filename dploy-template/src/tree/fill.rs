//! Puts marked text in the place of its stand-ins, once the structure stands.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::Value as Json;

use super::compose::Scalar;

use super::resolve::{Resolved, resolve};
use super::scalar::scalar_json;
use super::standin::{Content, Found, LEN, Masked, Standin};
use crate::value::{DeclaredType, Value};

/// What a scalar with stand-ins became.
pub(super) enum Filled<'m> {
    /// Text of a certain type
    Json(Json),
    /// Text that is read like an author's plain scalar
    Plain(String),
    /// A value that `toJson` or `toYaml` remembered
    Value(&'m Value),
}

/// Fills a scalar that holds stand-ins.
pub(super) fn fill<'m>(masked: &'m Masked, scalar: &Scalar, found: &[Found], tagged: bool) -> Filled<'m> {
    match scalar.style {
        ScalarStyle::Plain => plain(masked, scalar, found, tagged),
        ScalarStyle::Literal | ScalarStyle::Folded => Filled::Json(Json::String(block(masked, scalar, found))),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            Filled::Json(Json::String(inline(masked, &scalar.value, found)))
        }
    }
}

fn plain<'m>(masked: &'m Masked, scalar: &Scalar, found: &[Found], tagged: bool) -> Filled<'m> {
    if let [only] = found
        && scalar.value.len() == LEN
        && let Some(standin) = masked.get(*only)
    {
        return match &standin.content {
            Content::Scalar(value) | Content::Item(value) | Content::Entry(value) => Filled::Value(&value.value),
            // The author's tag says what it is.
            Content::Text if tagged => {
                Filled::Plain(quoted_content(standin.text.trim()).unwrap_or_else(|| standin.text.clone()))
            }
            Content::Text | Content::Partner => Filled::Json(whole(standin)),
        };
    }
    let text = inline(masked, &scalar.value, found);
    let empty = |place: Option<&Found>| place.and_then(|place| masked.get(*place)).is_some_and(|s| s.text.is_empty());
    let trimmed = if empty(found.last()) { text.trim_end_matches(' ') } else { &text };
    let trimmed = if empty(found.first()) { trimmed.trim_start_matches(' ') } else { trimmed };
    Filled::Plain(trimmed.to_owned())
}

/// A scalar that is nothing but one marked text.
fn whole(standin: &Standin) -> Json {
    let text = &standin.text;
    let declared = match standin.source.declared_type() {
        Some(DeclaredType::String) => Some(Json::String(text.clone())),
        Some(DeclaredType::Integer) => integer(text),
        Some(DeclaredType::Boolean) => match text.as_str() {
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ => None,
        },
        None => None,
    };
    declared.unwrap_or_else(|| alone(text))
}

/// A decimal number, which leading zeros do not make octal.
fn integer(text: &str) -> Option<Json> {
    match (text.parse::<i64>(), text.parse::<u64>()) {
        (Ok(number), _) => Some(Json::from(number)),
        (_, Ok(number)) => Some(Json::from(number)),
        _ => None,
    }
}

/// The text read alone as one flow scalar; what is none is the text itself.
fn alone(text: &str) -> Json {
    let trimmed = text.trim_matches([' ', '\t']);
    if let Some(content) = quoted_content(trimmed) {
        return Json::String(content);
    }
    match resolve(trimmed) {
        Resolved::String | Resolved::Timestamp => Json::String(text.to_owned()),
        other => scalar_json(&other, trimmed).unwrap_or_else(|_| Json::String(text.to_owned())),
    }
}

/// The content of a complete quoted scalar.
fn quoted_content(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    if text.len() < 2 || !text.ends_with(quote) {
        return None;
    }
    let mut parser = Parser::new_from_str(text);
    let mut content = None;
    while let Some(event) = parser.next_event() {
        match event.ok()? {
            (Event::Scalar(value, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, 0, None), span) => {
                let complete = span.byte_range().is_some_and(|place| place.end == text.len());
                content = complete.then(|| value.into_owned());
            }
            (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd | Event::StreamEnd, _) => {}
            _ => return None,
        }
    }
    content
}

/// The text of a flow scalar with marked text in it.
fn inline(masked: &Masked, value: &str, found: &[Found]) -> String {
    replaced(masked, value, found, |standin, _| standin.text.clone())
}

/// Replaces stand-ins, with what surrounds them in the notation of `toYaml`.
fn replaced(masked: &Masked, value: &str, found: &[Found], mut text: impl FnMut(&Standin, usize) -> String) -> String {
    let mut out = String::with_capacity(value.len());
    let mut at = 0;
    for place in found {
        let Some(standin) = masked.get(*place) else { continue };
        let before = value.get(at..place.at).unwrap_or_default();
        let before = match standin.content {
            Content::Item(_) => before.strip_suffix("- ").unwrap_or(before),
            Content::Partner => before.strip_prefix(": ").unwrap_or(before),
            _ => before,
        };
        out.push_str(before);
        out.push_str(&text(standin, place.at));
        at = place.at + LEN;
    }
    out.push_str(value.get(at..).unwrap_or_default());
    out
}

/// The text of a block scalar. Where `indent` made it, every further line of
/// a marked text gets the spaces that are left of its own beyond the block's:
/// what the source line of a stand-in has less than its line in the content.
fn block(masked: &Masked, scalar: &Scalar, found: &[Found]) -> String {
    let mut source = Lines::new(&masked.text);
    let mut content = Lines::new(&scalar.value);
    let filled = replaced(masked, &scalar.value, found, |standin, at| {
        let block = source.leading(standin.at).saturating_sub(content.leading(at));
        let deeper = standin.indent.saturating_sub(block);
        standin.text.replace('\n', &format!("\n{}", " ".repeat(deeper)))
    });
    let ends_marked = found.last().and_then(|last| {
        let tail = scalar.value.get(last.at + LEN..)?;
        let standin = masked.get(*last)?;
        let open = standin.text.is_empty() && filled.trim_end_matches('\n').is_empty();
        (tail.trim_matches('\n').is_empty() && (open || standin.text.ends_with('\n'))).then_some(())
    });
    if ends_marked.is_none() {
        return filled;
    }
    // Line breaks at the end fall to the block's chomping, whoever wrote them.
    let header = header(&masked.text, scalar.start);
    let content = filled.trim_end_matches('\n');
    if header.contains('+') {
        filled
    } else if header.contains('-') || content.is_empty() {
        content.to_owned()
    } else {
        format!("{content}\n")
    }
}

/// What follows the `|` or `>` of the block scalar whose content starts here:
/// digits and signs, on the last line above that is not blank.
fn header(text: &str, start: usize) -> &str {
    let above = text.get(..start).unwrap_or_default().trim_end();
    let line = above.rsplit('\n').next().unwrap_or_default();
    let hints = line.match_indices(['|', '>']).find_map(|(at, _)| {
        let rest = line.get(at + 1..)?;
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-')).count();
        let (hints, tail) = rest.split_at_checked(length)?;
        let comment = tail.trim_start();
        (comment.is_empty() || (comment.starts_with('#') && tail != comment)).then_some(hints)
    });
    hints.unwrap_or_default()
}

/// Finds the lines of places that are asked for in ascending order.
struct Lines<'t> {
    text: &'t str,
    /// The last place asked for
    at: usize,
    /// Spaces at the start of its line
    leading: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let leading = spaces(text);
        Self { text, at: 0, leading }
    }

    fn leading(&mut self, at: usize) -> usize {
        let passed = self.text.get(self.at..at).unwrap_or_default();
        if let Some(newline) = passed.rfind('\n') {
            self.leading = spaces(self.text.get(self.at + newline + 1..).unwrap_or_default());
        }
        self.at = at;
        self.leading
    }
}

fn spaces(text: &str) -> usize {
    text.bytes().take_while(|b| *b == b' ').count()
}
