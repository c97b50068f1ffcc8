//! Go's `encoding/json`.

use data_encoding::BASE64;

use crate::error::Failure;
use crate::format::{FloatNotation, format_float, strict_rfc3339};
use crate::value::{Elem, StringerJson, Value};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonForm {
    /// On one line, with `<`, `>` and `&` escaped
    Compact,
    /// Like compact, on several lines indented by two spaces
    Pretty,
    /// On one line, with `<`, `>` and `&` as they are
    Raw,
}

/// The JSON text as `json.Marshal` writes it; none for what it refuses:
/// infinities, NaN and complex numbers.
pub(crate) fn json(value: &Value, form: JsonForm, limit: usize) -> Result<Option<String>, Failure> {
    let mut writer = Writer { out: String::new(), form, indent: 0, limit };
    Ok(writer.value(value, 0)?.then_some(writer.out))
}

struct Writer {
    out: String,
    form: JsonForm,
    /// Lists and objects that are open
    indent: usize,
    limit: usize,
}

impl Writer {
    /// Writes a value; false if some part of it has no JSON form.
    fn value(&mut self, value: &Value, depth: usize) -> Result<bool, Failure> {
        super::check(self.out.len(), depth, self.limit)?;
        let out = &mut self.out;
        match value {
            Value::Nil | Value::NilInterface => out.push_str("null"),
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Int(n) | Value::Int64(n) => out.push_str(itoa::Buffer::new().format(*n)),
            Value::Uint8(n) => out.push_str(&n.to_string()),
            Value::Uint64(n) => out.push_str(&n.to_string()),
            Value::Float64(f) if f.is_finite() => out.push_str(&float(*f)),
            Value::Float64(_) | Value::Complex128(..) => return Ok(false),
            Value::String(text) => string(out, text.as_bytes(), self.form),
            Value::Time(time) => {
                let Ok(text) = strict_rfc3339(time) else {
                    return Ok(false);
                };
                string(out, &text, self.form);
            }
            Value::Stringer(stringer) => match stringer.json() {
                StringerJson::Number(n) => out.push_str(&n.to_string()),
                StringerJson::Text(text) => string(out, text.as_bytes(), self.form),
                StringerJson::Empty => out.push_str("{}"),
            },
            Value::Pointer(pointer) => match pointer.target() {
                Some(target) => return self.value(target, depth + 1),
                None => out.push_str("null"),
            },
            Value::List(_) | Value::Map(_) if value.is_nil() => out.push_str("null"),
            Value::List(list) if list.elem() == Elem::Uint8 => {
                let bytes: Vec<u8> = list.items().iter().filter_map(byte).collect();
                string(out, BASE64.encode(&bytes).as_bytes(), self.form);
            }
            Value::List(list) => return self.list(list.items(), depth),
            Value::Map(dict) => return self.object(dict.reading().iter(), depth),
            Value::Struct(fields) => {
                return self.object(fields.json_fields().map(|(name, value)| (name.as_bytes(), value)), depth);
            }
        }
        Ok(true)
    }

    fn list(&mut self, items: &[Value], depth: usize) -> Result<bool, Failure> {
        self.out.push('[');
        self.indent += 1;
        for (index, item) in items.iter().enumerate() {
            self.item(index);
            if !self.value(item, depth + 1)? {
                return Ok(false);
            }
        }
        self.close(items.is_empty(), ']');
        Ok(true)
    }

    fn object<'v>(
        &mut self,
        entries: impl Iterator<Item = (&'v [u8], &'v Value)>,
        depth: usize,
    ) -> Result<bool, Failure> {
        self.out.push('{');
        self.indent += 1;
        let mut empty = true;
        for (index, (key, value)) in entries.enumerate() {
            empty = false;
            self.item(index);
            string(&mut self.out, key, self.form);
            self.out.push_str(if self.form == JsonForm::Pretty { ": " } else { ":" });
            if !self.value(value, depth + 1)? {
                return Ok(false);
            }
        }
        self.close(empty, '}');
        Ok(true)
    }

    /// What stands before an item: a comma after another one, and its line.
    fn item(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line();
    }

    fn close(&mut self, empty: bool, bracket: char) {
        self.indent -= 1;
        if !empty {
            self.line();
        }
        self.out.push(bracket);
    }

    fn line(&mut self) {
        if self.form == JsonForm::Pretty {
            self.out.push('\n');
            (0..self.indent).for_each(|_| self.out.push_str("  "));
        }
    }
}

fn byte(value: &Value) -> Option<u8> {
    match value {
        Value::Uint8(byte) => Some(*byte),
        _ => None,
    }
}

/// As ES6 prints numbers, with an exponent from 1e21 on and below 1e-6.
pub(super) fn float(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format_float(value, FloatNotation::Point, None);
    }
    let text = format_float(value, FloatNotation::Exponent, None);
    // e-09 is written e-9.
    match text.split_once("e-0") {
        Some((mantissa, digit)) => format!("{mantissa}e-{digit}"),
        None => text,
    }
}

fn string(out: &mut String, bytes: &[u8], form: JsonForm) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.bytes().position(needs_look) {
            let (plain, tail) = rest.split_at(at);
            out.push_str(plain);
            let mut chars = tail.chars();
            chars.next().into_iter().for_each(|c| escape(out, c, form));
            rest = chars.as_str();
        }
        out.push_str(rest);
        chunk.invalid().iter().for_each(|_| out.push_str("\\ufffd"));
    }
    out.push('"');
}

/// Whether a character that begins with this byte may be escaped. U+2028 and
/// U+2029 begin with the last one.
fn needs_look(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2)
}

fn escape(out: &mut String, c: char, form: JsonForm) {
    match c {
        '<' | '>' | '&' if form == JsonForm::Raw => out.push(c),
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
        c => out.push(c),
    }
}
