//! Numbers under their verbs: integers, characters by their codes, floats and complex numbers.

use super::float::{Notation, format_float};
use super::integer::Base;
use super::printer::{Flags, Printer};
use super::quote::quote_char;
use crate::value::Source;

impl Printer {
    /// Whether the verb suits an integer; if so it is written.
    pub(super) fn signed(&mut self, n: i64, verb: char) -> bool {
        self.any_integer(n < 0, n.unsigned_abs(), n.cast_unsigned(), verb)
    }

    pub(super) fn unsigned(&mut self, n: u64, verb: char) -> bool {
        if verb == 'v' && self.flags.sharp_v {
            let sharp = std::mem::replace(&mut self.flags.sharp, true);
            self.integer(false, n, Base::new(16));
            self.flags.sharp = sharp;
            return true;
        }
        self.any_integer(false, n, n, verb)
    }

    fn any_integer(&mut self, negative: bool, size: u64, code: u64, verb: char) -> bool {
        let base = match verb {
            'v' | 'd' => Base::new(10),
            'b' => Base::new(2),
            'o' => Base::new(8),
            'O' => Base { octal_prefix: true, ..Base::new(8) },
            'x' => Base::new(16),
            'X' => Base { upper: true, ..Base::new(16) },
            'c' | 'q' => {
                self.character(code, verb == 'q');
                return true;
            }
            'U' => {
                self.unicode(code);
                return true;
            }
            _ => return false,
        };
        self.integer(negative, size, base);
        true
    }

    /// A character by its code.
    fn character(&mut self, code: u64, quoted: bool) {
        let c = u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
        let bytes = if quoted { quote_char(c, self.flags.plus) } else { c.to_string().into_bytes() };
        self.pad(&bytes, made(c).as_ref());
    }

    /// Whether the verb suits a float; if so it is written.
    pub(super) fn float(&mut self, value: f64, verb: char) -> bool {
        let (notation, precision) = match verb {
            'v' | 'g' | 'G' => (Notation::General, None),
            'b' => (Notation::Binary, None),
            'x' | 'X' => (Notation::Hex, None),
            'f' | 'F' => (Notation::Point, Some(6)),
            'e' | 'E' => (Notation::Exponent, Some(6)),
            _ => return false,
        };
        let precision = self.flags.precision.or(precision);
        let mut text = format_float(value, notation, precision);
        if !text.starts_with(['-', '+']) {
            text.insert(0, '+');
        }
        if matches!(verb, 'G' | 'E' | 'X') && value.is_finite() {
            text.make_ascii_uppercase();
        }
        if self.flags.sharp && verb != 'b' && value.is_finite() {
            text = with_point(&text, verb, precision);
        }
        self.signed_number(&text, value.is_finite());
        true
    }

    /// Writes a number whose sign is always given, as far as it is asked for.
    fn signed_number(&mut self, text: &str, finite: bool) {
        let Flags { plus, space, zero, minus, width, .. } = self.flags;
        let (sign, size) = text.split_at(1);
        let sign = match sign {
            "+" if !plus && space => " ",
            "+" if !plus => "",
            sign => sign,
        };
        if !finite {
            // An infinity keeps its sign, NaN has one only if asked for.
            let sign = if size == "Inf" && sign.is_empty() { "+" } else { sign };
            self.pad_spaces(format!("{sign}{size}").as_bytes(), None);
        } else if zero && !minus && !sign.is_empty() && width.is_some_and(|width| width > text.len()) {
            self.out.push_str(sign);
            self.fill(b'0', width.unwrap_or(0).saturating_sub(text.len()));
            self.out.push_str(size);
        } else {
            self.pad(format!("{sign}{size}").as_bytes(), None);
        }
    }

    /// Whether the verb suits a complex number; if so it is written.
    pub(super) fn complex(&mut self, re: f64, im: f64, verb: char) -> bool {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return false;
        }
        self.out.push_byte(b'(');
        self.float(re, verb);
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.float(im, verb);
        self.flags.plus = plus;
        self.out.push_str("i)");
        true
    }
}

/// Where a character that a number was made into comes from. Unmarked only if
/// it is a letter or digit: a number that came from a user must not become
/// YAML's punctuation.
pub(super) fn made(c: char) -> Option<Source> {
    (!c.is_alphanumeric()).then(|| Source::new("a character made from a number"))
}

/// The `#` flag of floats: always a point, and under `%g` trailing zeros.
fn with_point(text: &str, verb: char, precision: Option<usize>) -> String {
    let hex = matches!(verb, 'x' | 'X');
    let tail_at = text.find(if hex { ['p', 'P'] } else { ['e', 'E'] }).unwrap_or(text.len());
    let (body, tail) = text.split_at(tail_at);
    let mut missing = match verb {
        'v' | 'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let counted = body.get(1..).unwrap_or_default().trim_start_matches(['0', '.']);
    missing = missing.saturating_sub(counted.chars().filter(|c| *c != '.').count());
    let mut text = body.to_owned();
    if !body.contains('.') {
        if body.get(1..) == Some("0") {
            missing = missing.saturating_sub(1);
        }
        text.push('.');
    }
    text.push_str(&"0".repeat(missing));
    text + tail
}
