//! Format strings.

use super::printer::{Flags, Printer};
use crate::error::Failure;
use crate::value::{SourceSet, Text, TextBuf, Value};

/// Widths and precisions beyond this are refused, as Go does.
const MAX_WIDTH: usize = 1_000_000;

/// What `fmt.Sprintf` gives.
pub(crate) fn sprintf(format: &Text, args: &[Value], limit: usize, nil_is_empty: bool) -> Result<Text, Failure> {
    let mut sprintf = Sprintf {
        printer: Printer::new(TextBuf::default(), limit),
        format: format.as_bytes(),
        pos: 0,
        args,
        next: 0,
        reordered: false,
        good_index: true,
        nil_is_empty,
    };
    sprintf.run()?;
    let printed = sprintf.printer.out.finish();
    if !format.is_marked() {
        return Ok(printed);
    }
    // A format that a user supplied decides on every byte of the result.
    let mut set = SourceSet::default();
    format.add_sources(&mut set);
    printed.add_sources(&mut set);
    Ok(Text::computed(printed.as_bytes(), set))
}

struct Sprintf<'a> {
    printer: Printer,
    format: &'a [u8],
    pos: usize,
    args: &'a [Value],
    /// Number of the next argument
    next: usize,
    /// Whether `%[n]` was used
    reordered: bool,
    good_index: bool,
    nil_is_empty: bool,
}

impl Sprintf<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.pos).copied()
    }

    fn run(&mut self) -> Result<(), Failure> {
        while self.pos < self.format.len() {
            let rest = self.format.get(self.pos..).unwrap_or_default();
            let literal = rest.iter().position(|b| *b == b'%').unwrap_or(rest.len());
            self.printer.out.push(rest.get(..literal).unwrap_or_default());
            self.printer.check()?;
            self.pos += literal;
            if self.peek().is_some() {
                self.pos += 1;
                self.verb()?;
            }
        }
        self.extra()
    }

    /// One verb; its `%` is past.
    fn verb(&mut self) -> Result<(), Failure> {
        self.good_index = true;
        self.printer.flags = Flags::default();
        self.flags();
        let mut after_index = self.index();
        after_index = self.width(after_index);
        after_index = self.precision(after_index);
        if !after_index {
            self.index();
        }
        let rest = self.format.get(self.pos..).unwrap_or_default();
        let Some((verb, length)) = first_char(rest) else {
            self.printer.out.push_str("%!(NOVERB)");
            return Ok(());
        };
        self.pos += length;
        if verb == '%' {
            self.printer.out.push_byte(b'%');
        } else if !self.good_index {
            self.problem(verb, "(BADINDEX)");
        } else if let Some(value) = self.args.get(self.next) {
            self.next += 1;
            if matches!(verb, 'v' | 'w') {
                let flags = &mut self.printer.flags;
                flags.sharp_v = std::mem::take(&mut flags.sharp);
                flags.plus_v = std::mem::take(&mut flags.plus);
            }
            self.printer.top_argument(value, verb, self.nil_is_empty)?;
        } else {
            self.problem(verb, "(MISSING)");
        }
        Ok(())
    }

    fn problem(&mut self, verb: char, what: &str) {
        self.printer.out.push_str("%!");
        self.printer.out.push_char(verb);
        self.printer.out.push_str(what);
    }

    fn flags(&mut self) {
        let flags = &mut self.printer.flags;
        while let Some(byte) = self.format.get(self.pos) {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.pos += 1;
        }
    }

    /// `[n]`, if it is next; whether it was and held a number.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = self.format.get(self.pos..).unwrap_or_default();
        let Some(close) = rest.iter().position(|b| *b == b']').filter(|_| rest.len() >= 3) else {
            self.good_index = false;
            self.pos += 1;
            return false;
        };
        self.pos += close + 1;
        let number = std::str::from_utf8(rest.get(1..close).unwrap_or_default()).ok();
        let number = number.filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let Some(number) = number.and_then(|text| text.parse::<usize>().ok()) else {
            self.good_index = false;
            return false;
        };
        match number.checked_sub(1).filter(|index| *index < self.args.len()) {
            Some(index) => self.next = index,
            None => self.good_index = false,
        }
        true
    }

    fn width(&mut self, after_index: bool) -> bool {
        if self.peek() == Some(b'*') {
            self.pos += 1;
            match self.star() {
                Some(width) => {
                    self.printer.flags.width = usize::try_from(width.unsigned_abs()).ok();
                    if width < 0 {
                        self.printer.flags.minus = true;
                        self.printer.flags.zero = false;
                    }
                }
                None => self.printer.out.push_str("%!(BADWIDTH)"),
            }
            return false;
        }
        self.printer.flags.width = self.number();
        if after_index && self.printer.flags.width.is_some() {
            self.good_index = false;
        }
        after_index
    }

    fn precision(&mut self, after_index: bool) -> bool {
        if self.peek() != Some(b'.') || self.pos + 1 >= self.format.len() {
            return after_index;
        }
        self.pos += 1;
        if after_index {
            self.good_index = false;
        }
        let after_index = self.index();
        if self.peek() == Some(b'*') {
            self.pos += 1;
            match self.star() {
                Some(precision) => self.printer.flags.precision = usize::try_from(precision).ok(),
                None => self.printer.flags.precision = None,
            }
            if self.printer.flags.precision.is_none() {
                self.printer.out.push_str("%!(BADPREC)");
            }
            return false;
        }
        self.printer.flags.precision = Some(self.number().unwrap_or(0));
        after_index
    }

    /// The integer argument that `*` takes.
    fn star(&mut self) -> Option<i64> {
        let value = self.args.get(self.next)?;
        self.next += 1;
        let number = value.as_int().or_else(|| i64::try_from(value.as_uint()?).ok())?;
        usize::try_from(number.unsigned_abs()).is_ok_and(|size| size <= MAX_WIDTH).then_some(number)
    }

    /// Digits. A number too large swallows the rest of the format, as in Go.
    fn number(&mut self) -> Option<usize> {
        let mut number: Option<usize> = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            let so_far = number.unwrap_or(0);
            if so_far > MAX_WIDTH {
                self.pos = self.format.len();
                return None;
            }
            number = Some(so_far * 10 + usize::from(digit - b'0'));
            self.pos += 1;
        }
        number
    }

    /// `%!(EXTRA …)` for arguments that no verb took.
    fn extra(&mut self) -> Result<(), Failure> {
        if self.reordered || self.next >= self.args.len() {
            return Ok(());
        }
        self.printer.flags = Flags::default();
        self.printer.out.push_str("%!(EXTRA ");
        for (index, value) in self.args.iter().skip(self.next).enumerate() {
            if index > 0 {
                self.printer.out.push_str(", ");
            }
            if !matches!(value, Value::Nil | Value::NilInterface) {
                self.printer.out.push_str(&value.type_name());
                self.printer.out.push_byte(b'=');
            }
            self.printer.top_argument(value, 'v', false)?;
        }
        self.printer.out.push_byte(b')');
        Ok(())
    }
}

/// The first character and its length; U+FFFD for a byte that is not UTF-8.
fn first_char(bytes: &[u8]) -> Option<(char, usize)> {
    let chunk = bytes.utf8_chunks().next()?;
    Some(chunk.valid().chars().next().map_or(('\u{fffd}', 1), |c| (c, c.len_utf8())))
}
