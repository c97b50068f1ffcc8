//! Flags, padding and the printing of strings and of values that print themselves.

use super::quote::{can_backquote, quote};
use super::time::{time_go_string, time_string};
use crate::error::Failure;
use crate::exec::too_large;
use crate::value::{Source, SourceSet, Stringer, Text, TextBuf, Time, Value};

/// Flags of one verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`
    pub(super) plus_v: bool,
    /// `%#v`
    pub(super) sharp_v: bool,
}

impl Flags {
    /// Whether a number takes nothing but its digits and a minus sign.
    pub(super) fn is_plain(&self) -> bool {
        let Self { width, precision, plus, space, sharp, .. } = self;
        width.is_none() && precision.is_none() && !(*plus || *space || *sharp)
    }
}

/// Writes values, keeping the marks of strings.
#[derive(Debug)]
pub(super) struct Printer {
    pub(super) out: TextBuf,
    pub(super) flags: Flags,
    limit: usize,
    /// Whether what does not suit its verb is being written, without methods
    erroring: bool,
}

impl Printer {
    pub(super) fn new(out: TextBuf, limit: usize) -> Self {
        Self { out, flags: Flags::default(), limit, erroring: false }
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.out.len() > self.limit { Err(too_large(self.limit)) } else { Ok(()) }
    }

    pub(super) fn fill(&mut self, byte: u8, count: usize) {
        for _ in 0..count {
            self.out.push_byte(byte);
        }
    }

    /// Writes `body`, which writes `bytes` in some way, padded to the width.
    fn padded(&mut self, bytes: &[u8], body: impl FnOnce(&mut TextBuf)) {
        let missing = self.flags.width.map_or(0, |width| width.saturating_sub(rune_count(bytes)));
        if self.flags.minus {
            body(&mut self.out);
            self.fill(b' ', missing);
        } else {
            self.fill(if self.flags.zero { b'0' } else { b' ' }, missing);
            body(&mut self.out);
        }
    }

    pub(super) fn pad(&mut self, bytes: &[u8], source: Option<&Source>) {
        self.padded(bytes, |out| out.push_computed(bytes, source));
    }

    /// Pads with spaces even under the `0` flag.
    pub(super) fn pad_spaces(&mut self, bytes: &[u8], source: Option<&Source>) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(bytes, source);
        self.flags.zero = zero;
    }

    /// The argument of a verb, where a nil that stands for a missing entry
    /// may print as nothing.
    pub(super) fn top_argument(&mut self, value: &Value, verb: char, nil_is_empty: bool) -> Result<(), Failure> {
        if nil_is_empty && matches!(value, Value::Nil | Value::NilInterface) && matches!(verb, 'v' | 's') {
            self.pad(b"", None);
            return Ok(());
        }
        self.argument(value, verb)?;
        self.check()
    }

    /// The argument of a verb.
    pub(super) fn argument(&mut self, value: &Value, verb: char) -> Result<(), Failure> {
        match (value, verb) {
            (Value::Nil | Value::NilInterface, 'v' | 'T') => self.pad(b"<nil>", None),
            (Value::Nil | Value::NilInterface, _) => {
                self.out.push_str("%!");
                self.out.push_char(verb);
                self.out.push_str("(<nil>)");
            }
            (_, 'T') => {
                let name = value.type_name();
                self.string(&Text::from(name.as_ref()), 's');
            }
            _ => self.value(value, verb, 0)?,
        }
        Ok(())
    }

    /// `%!verb(type=value)`
    pub(super) fn bad_verb(&mut self, value: &Value, verb: char, depth: usize) -> Result<(), Failure> {
        self.out.push_str("%!");
        self.out.push_char(verb);
        self.out.push_byte(b'(');
        self.out.push_str(&value.type_name());
        self.out.push_byte(b'=');
        // `%p` of a list would come here for ever if the verb were kept.
        let erroring = std::mem::replace(&mut self.erroring, true);
        self.value(value, 'v', depth + 1)?;
        self.erroring = erroring;
        self.out.push_byte(b')');
        Ok(())
    }

    pub(super) fn boolean(&mut self, b: bool) {
        self.pad(if b { b"true" } else { b"false" }, None);
    }

    /// Whether the verb suits a string; if so it is written.
    pub(super) fn string(&mut self, text: &Text, verb: char) -> bool {
        let end = self.truncation(text.as_bytes());
        let bytes = text.as_bytes().get(..end).unwrap_or_default();
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text, bytes),
            's' | 'v' => {
                self.padded(bytes, |out| out.push_seen_start(text, end));
            }
            'q' => self.quoted(text, bytes),
            'x' | 'X' => self.hex_bytes(text, verb == 'X'),
            _ => return false,
        }
        true
    }

    /// Where the precision, in characters, cuts a string.
    fn truncation(&self, bytes: &[u8]) -> usize {
        let Some(precision) = self.flags.precision else {
            return bytes.len();
        };
        let mut end = 0;
        for _ in 0..precision {
            match rune_len(bytes.get(end..).unwrap_or_default()) {
                0 => break,
                length => end += length,
            }
        }
        end
    }

    fn quoted(&mut self, text: &Text, bytes: &[u8]) {
        let quoted = if self.flags.sharp && can_backquote(bytes) {
            [b"`", bytes, b"`"].concat()
        } else {
            quote(bytes, self.flags.plus)
        };
        self.computed(text, &quoted);
    }

    fn computed(&mut self, text: &Text, bytes: &[u8]) {
        let mut set = SourceSet::default();
        text.add_sources(&mut set);
        self.pad(bytes, set.into_source().as_ref());
    }

    fn hex_bytes(&mut self, text: &Text, upper: bool) {
        let length = self.flags.precision.unwrap_or(usize::MAX);
        let bytes = text.as_bytes();
        let bytes = bytes.get(..length.min(bytes.len())).unwrap_or_default();
        let prefix = match (self.flags.sharp, upper) {
            (false, _) => "",
            (true, false) => "0x",
            (true, true) => "0X",
        };
        let mut hex = String::with_capacity(bytes.len() * 2);
        for (index, byte) in bytes.iter().enumerate() {
            if index == 0 {
                hex.push_str(prefix);
            } else if self.flags.space {
                hex.push(' ');
                hex.push_str(prefix);
            }
            let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
            for digit in [byte >> 4, byte & 15] {
                hex.push(digits.get(usize::from(digit)).copied().map_or('0', char::from));
            }
        }
        self.computed(text, hex.as_bytes());
    }

    /// Whether the verb suits a value that prints itself; if so it is written.
    pub(super) fn stringer(&mut self, stringer: &Stringer, verb: char) -> bool {
        match stringer.as_int() {
            Some(n) if !self.prints_itself(verb) => self.signed(n, verb),
            _ => matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') && self.string(&stringer.text(), verb),
        }
    }

    /// Whether values with a method `String` are written by it.
    pub(super) fn prints_itself(&self, verb: char) -> bool {
        matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') && !self.flags.sharp_v && !self.erroring
    }

    /// Whether the verb suits a time; if so it is written.
    pub(super) fn time(&mut self, time: &Time, verb: char) -> bool {
        if verb == 'v' && self.flags.sharp_v {
            let sharp = std::mem::take(&mut self.flags.sharp_v);
            self.string(&time_go_string(time), 's');
            self.flags.sharp_v = sharp;
            return true;
        }
        self.prints_itself(verb) && self.string(&time_string(time), verb)
    }
}

/// Bytes of the first character; 1 for a byte that is not UTF-8, 0 at the end.
fn rune_len(bytes: &[u8]) -> usize {
    let start = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    match start.utf8_chunks().next() {
        None => 0,
        Some(chunk) => chunk.valid().chars().next().map_or(1, char::len_utf8),
    }
}

pub(super) fn rune_count(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}
