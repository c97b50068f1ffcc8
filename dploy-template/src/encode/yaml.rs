//! YAML as sigs.k8s.io/yaml writes it: by way of JSON, then go-yaml 2.

use std::borrow::Cow;

use data_encoding::BASE64;

use super::json::float;
use super::style::{Traits, escape, is_base60, key_order};
use crate::error::Failure;
use crate::format::{FloatNotation, format_float, strict_rfc3339};
use crate::tree::{Resolved, resolve};
use crate::unicode::valid_text;
use crate::value::{StringerJson, Value};

/// Lines break at the first space after this column.
const WIDTH: usize = 80;
const STEP: usize = 2;
/// Longer keys get `? key` and `: value` on lines of their own.
const MAX_SIMPLE_KEY: usize = 128;

/// The YAML text without the last line break, as Helm's `toYaml` gives it;
/// none for what has no JSON form.
pub(crate) fn yaml(value: &Value, limit: usize) -> Result<Option<String>, Failure> {
    let mut writer = Writer { out: String::new(), limit };
    let written = writer.node(value, Place::Root, 0)?;
    let text = writer.out;
    let text = text.strip_suffix('\n').map(str::to_owned).unwrap_or(text);
    Ok(written.then_some(text))
}

/// Where a node stands, with the indentation of what holds it.
#[derive(Clone, Copy)]
enum Place {
    Root,
    /// After `key:`
    Value(usize),
    /// After `- `, or after `: ` of a long key
    Item(usize),
}

struct Writer {
    out: String,
    limit: usize,
}

impl Writer {
    fn node(&mut self, value: &Value, place: Place, depth: usize) -> Result<bool, Failure> {
        super::check(self.out.len(), depth, self.limit)?;
        match value {
            Value::Nil | Value::NilInterface => self.plain(place, "null"),
            Value::Bool(b) => self.plain(place, if *b { "true" } else { "false" }),
            Value::Int(n) | Value::Int64(n) => self.plain(place, itoa::Buffer::new().format(*n)),
            Value::Uint8(n) => self.plain(place, &n.to_string()),
            Value::Uint64(n) => self.plain(place, &n.to_string()),
            Value::Float64(f) if f.is_finite() => self.plain(place, &float_text(*f)),
            Value::Float64(_) | Value::Complex128(..) => return Ok(false),
            Value::String(text) => self.string(place, &valid_text(text.as_bytes())),
            Value::Time(time) => match strict_rfc3339(time) {
                Ok(text) => self.string(place, &String::from_utf8_lossy(&text)),
                Err(_) => return Ok(false),
            },
            Value::Stringer(stringer) => match stringer.json() {
                StringerJson::Number(n) => self.plain(place, &n.to_string()),
                StringerJson::Text(text) => self.string(place, &valid_text(text.as_bytes())),
                StringerJson::Empty => self.plain(place, "{}"),
            },
            Value::Pointer(pointer) => return self.node(pointer.target().unwrap_or(&Value::Nil), place, depth + 1),
            Value::List(_) | Value::Map(_) if value.is_nil() => self.plain(place, "null"),
            Value::List(list) => match list.bytes() {
                Some(bytes) => self.string(place, &BASE64.encode(&bytes)),
                None => return self.list(list.items(), place, depth),
            },
            Value::Map(dict) => {
                let entries = dict.reading();
                let entries = entries.iter().map(|(key, value)| (valid_text(key), value));
                return self.map(entries.collect(), place, depth);
            }
            Value::Struct(object) => {
                let entries = object.json_fields().map(|(name, value)| (Cow::Borrowed(name), value));
                return self.map(entries.collect(), place, depth);
            }
        }
        Ok(true)
    }

    fn plain(&mut self, place: Place, text: &str) {
        self.separate(place);
        self.out.push_str(text);
    }

    /// The space after `key:`.
    fn separate(&mut self, place: Place) {
        if matches!(place, Place::Value(_)) {
            self.out.push(' ');
        }
    }

    fn line(&mut self, indent: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.indent(indent);
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn list(&mut self, items: &[Value], place: Place, depth: usize) -> Result<bool, Failure> {
        if items.is_empty() {
            self.plain(place, "[]");
            return Ok(true);
        }
        let indent = match place {
            Place::Root => 0,
            Place::Value(indent) => indent,
            Place::Item(indent) => indent + STEP,
        };
        let inline = !matches!(place, Place::Value(_));
        for (index, item) in items.iter().enumerate() {
            if index > 0 || !inline {
                self.line(indent);
            }
            self.out.push_str("- ");
            if !self.node(item, Place::Item(indent), depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn map(&mut self, mut entries: Vec<(Cow<'_, str>, &Value)>, place: Place, depth: usize) -> Result<bool, Failure> {
        if entries.is_empty() {
            self.plain(place, "{}");
            return Ok(true);
        }
        entries.sort_by(|a, b| key_order(&a.0, &b.0));
        let indent = match place {
            Place::Root => 0,
            Place::Value(indent) | Place::Item(indent) => indent + STEP,
        };
        let inline = !matches!(place, Place::Value(_));
        for (index, (key, value)) in entries.into_iter().enumerate() {
            if index > 0 || !inline {
                self.line(indent);
            }
            let simple = key.len() <= MAX_SIMPLE_KEY && !key.contains(['\n', '\u{2028}', '\u{2029}']);
            let place = if simple {
                self.scalar(&key, indent, true);
                self.out.push(':');
                Place::Value(indent)
            } else {
                self.out.push_str("? ");
                self.scalar(&key, indent + STEP, false);
                self.line(indent);
                self.out.push_str(": ");
                Place::Item(indent)
            };
            if !self.node(value, place, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn string(&mut self, place: Place, text: &str) {
        self.separate(place);
        let indent = match place {
            Place::Root => STEP,
            Place::Value(indent) | Place::Item(indent) => indent + STEP,
        };
        self.scalar(text, indent, false);
    }

    /// A string in the style that go-yaml chooses; further lines of it are
    /// indented by `indent`.
    fn scalar(&mut self, text: &str, indent: usize, key: bool) {
        let traits = Traits::of(text);
        let unambiguous = resolve(text) == Resolved::String && !is_base60(text);
        if text.contains('\n') && !key && traits.block {
            self.literal(text, indent);
        } else if text.contains('\n') || !unambiguous || traits.special {
            self.double_quoted(text, indent, key);
        } else if traits.plain {
            self.plain_text(text, indent, key);
        } else {
            self.single_quoted(text, indent, key);
        }
    }

    fn plain_text(&mut self, text: &str, indent: usize, key: bool) {
        // Lines break at spaces only.
        if key || !text.contains(' ') {
            self.out.push_str(text);
        } else {
            self.wrapped(text, indent, key, 0, |out, c| out.push(c));
        }
    }

    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out.get(line..).unwrap_or_default().chars().count()
    }

    /// Writes characters; a single space beyond the width becomes a line
    /// break, except at the `edge` characters of either end.
    fn wrapped(&mut self, text: &str, indent: usize, key: bool, edge: usize, write: impl Fn(&mut String, char)) {
        let mut column = self.column();
        // Twice, as quotes are doubled.
        if column + 2 * text.len() <= WIDTH {
            text.chars().for_each(|c| write(&mut self.out, c));
            return;
        }
        let mut after_space = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next_is_space = chars.peek().is_some_and(|(_, next)| *next == ' ');
            let inside = edge == 0 || (at > 0 && at + 1 < text.len());
            if c == ' ' && !key && !after_space && column > WIDTH && inside && !next_is_space {
                self.out.push('\n');
                self.indent(indent);
                column = indent;
            } else {
                let before = self.out.len();
                write(&mut self.out, c);
                column += self.out.get(before..).unwrap_or_default().chars().count();
            }
            after_space = c == ' ';
        }
    }

    fn single_quoted(&mut self, text: &str, indent: usize, key: bool) {
        self.out.push('\'');
        self.wrapped(text, indent, key, 1, |out, c| {
            if c == '\'' {
                out.push('\'');
            }
            out.push(c);
        });
        self.out.push('\'');
    }

    fn double_quoted(&mut self, text: &str, indent: usize, key: bool) {
        self.out.push('"');
        let mut column = self.column();
        let mut after_space = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == ' ' && !key && !after_space && column > WIDTH && at > 0 && at + 1 < text.len() {
                self.out.push('\n');
                self.indent(indent);
                column = indent;
                if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                    self.out.push('\\');
                    column += 1;
                }
            } else {
                let before = self.out.len();
                escape(&mut self.out, c);
                column += self.out.get(before..).unwrap_or_default().chars().count();
            }
            after_space = c == ' ';
        }
        self.out.push('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        match text.strip_suffix('\n') {
            None => self.out.push('-'),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => self.out.push('+'),
            Some(_) => {}
        }
        self.out.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.indent(indent);
            }
            self.out.push_str(line);
        }
    }
}

/// The number as it comes back from JSON: whole ones without an exponent as
/// far as 64 bits go.
fn float_text(value: f64) -> String {
    let json = float(value);
    match resolve(&json) {
        Resolved::Int(n) => n.to_string(),
        Resolved::Uint(n) => n.to_string(),
        _ => format_float(value, FloatNotation::General, None),
    }
}
