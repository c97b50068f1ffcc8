//! JSON as Go's `encoding/json` reads it into an `interface {}`.

use crate::value::{Source, Text, Value};

/// Go's bound of nesting.
const MAX_DEPTH: usize = 10_000;

/// The value of a text and, if a number in it is too large for a float64,
/// what is wrong with it; such a number is nil. An error if it is not JSON.
pub(super) fn read(text: &[u8], source: Option<&Source>) -> Result<(Value, Option<String>), String> {
    let mut reader = Reader { text, at: 0, source, open: Vec::new(), too_large: None };
    let value = reader.document()?;
    Ok((value, reader.too_large))
}

/// An array or object whose end has not been seen.
enum Open {
    Array(Vec<Value>),
    Object { entries: Vec<(Text, Value)>, key: Text },
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    source: Option<&'t Source>,
    open: Vec<Open>,
    too_large: Option<String>,
}

impl Reader<'_> {
    /// One value with nothing but white space around it. Nesting is kept in
    /// `open`, so that no text overflows the stack.
    fn document(&mut self) -> Result<Value, String> {
        loop {
            let Some(mut value) = self.value()? else { continue };
            loop {
                match self.close(value)? {
                    Closed::More => break,
                    Closed::Value(whole) => value = whole,
                    Closed::Document(value) => return Ok(value),
                }
            }
        }
    }

    fn peek(&mut self) -> Option<u8> {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn unexpected(&self, context: &str) -> String {
        match self.text.get(self.at) {
            None => "unexpected end of JSON input".to_owned(),
            Some(byte) => format!("invalid character {:?} {context}", char::from(*byte)),
        }
    }

    /// The next value; none if it is an array or object that is open now.
    fn value(&mut self) -> Result<Option<Value>, String> {
        match self.peek() {
            Some(b'{') => self.open_object(),
            Some(b'[') => self.open_array(),
            Some(b'"') => Ok(Some(Value::String(self.string()?))),
            Some(b'-' | b'0'..=b'9') => self.number().map(Some),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Nil),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn deeper(&mut self, open: Open) -> Result<Option<Value>, String> {
        if self.open.len() >= MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.open.push(open);
        Ok(None)
    }

    fn open_array(&mut self) -> Result<Option<Value>, String> {
        self.at += 1;
        if self.peek() == Some(b']') && self.open.len() < MAX_DEPTH {
            self.at += 1;
            return Ok(Some(Value::list([])));
        }
        self.deeper(Open::Array(Vec::new()))
    }

    fn open_object(&mut self) -> Result<Option<Value>, String> {
        self.at += 1;
        if self.peek() == Some(b'}') && self.open.len() < MAX_DEPTH {
            self.at += 1;
            return Ok(Some(Value::map::<Text>([])));
        }
        let key = self.key("looking for beginning of object key string")?;
        self.deeper(Open::Object { entries: Vec::new(), key })
    }

    fn key(&mut self, context: &str) -> Result<Text, String> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected(context));
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.unexpected("after object key"));
        }
        self.at += 1;
        Ok(key)
    }

    /// Puts a value where it belongs, and reads what follows it.
    fn close(&mut self, value: Value) -> Result<Closed, String> {
        let next = self.peek();
        match self.open.pop() {
            None if next.is_none() => Ok(Closed::Document(value)),
            None => Err(self.unexpected("after top-level value")),
            Some(Open::Array(mut items)) => {
                items.push(value);
                match next {
                    Some(b',') => {
                        self.at += 1;
                        self.open.push(Open::Array(items));
                        Ok(Closed::More)
                    }
                    Some(b']') => {
                        self.at += 1;
                        Ok(Closed::Value(Value::list(items)))
                    }
                    _ => Err(self.unexpected("after array element")),
                }
            }
            Some(Open::Object { mut entries, key }) => {
                entries.push((key, value));
                match next {
                    Some(b',') => {
                        self.at += 1;
                        let key = self.key("looking for beginning of object key string")?;
                        self.open.push(Open::Object { entries, key });
                        Ok(Closed::More)
                    }
                    Some(b'}') => {
                        self.at += 1;
                        Ok(Closed::Value(Value::map(entries)))
                    }
                    _ => Err(self.unexpected("after object key:value pair")),
                }
            }
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Option<Value>, String> {
        for byte in word.bytes() {
            if self.text.get(self.at) != Some(&byte) {
                return Err(self.unexpected(&format!("in literal {word}")));
            }
            self.at += 1;
        }
        Ok(Some(value))
    }

    fn digits(&mut self, context: &str) -> Result<(), String> {
        if !matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            return Err(self.unexpected(context));
        }
        while matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.text.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match self.text.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        let digits = String::from_utf8_lossy(digits);
        let float = digits.parse().unwrap_or(f64::INFINITY);
        if float.is_finite() {
            return Ok(Value::Float64(float));
        }
        let shown: String = digits.chars().take(40).collect();
        let message = || format!("json: cannot unmarshal number {shown} into Go value of type float64");
        self.too_large.get_or_insert_with(message);
        Ok(Value::Nil)
    }

    /// A string, whose opening quote is next.
    fn string(&mut self) -> Result<Text, String> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let start = self.at;
            while !matches!(self.text.get(self.at), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            push_repaired(&mut bytes, self.text.get(start..self.at).unwrap_or_default());
            match self.text.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut bytes)?,
                _ => return Err(self.unexpected("in string literal")),
            }
        }
        self.at += 1;
        Ok(Text::from_source(bytes, self.source))
    }

    /// An escape sequence, whose backslash is next.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        self.at += 1;
        let byte = match self.text.get(self.at) {
            Some(byte @ (b'"' | b'\\' | b'/')) => *byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode_escape(bytes),
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        bytes.push(byte);
        Ok(())
    }

    /// Four hexadecimal digits, whose `u` is next. Two that are a surrogate
    /// pair are one character; what is half a pair becomes U+FFFD.
    fn unicode_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        self.at += 1;
        for _ in 0..4 {
            if !self.text.get(self.at).is_some_and(u8::is_ascii_hexdigit) {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            }
            self.at += 1;
        }
        let mut code = self.hex(self.at - 4).unwrap_or_default();
        if (0xd800..0xdc00).contains(&code) && self.text.get(self.at..self.at + 2) == Some(b"\\u") {
            let low = self.hex(self.at + 2).filter(|low| (0xdc00..0xe000).contains(low));
            if let Some(low) = low {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                self.at += 6;
            }
        }
        let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
    }
}

enum Closed {
    /// Another value follows.
    More,
    /// An array or object ended.
    Value(Value),
    Document(Value),
}

/// Each byte that is not UTF-8 becomes U+FFFD.
fn push_repaired(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}
