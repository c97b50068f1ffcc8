//! Integers under `%d`, `%b`, `%o`, `%x`, `%U` and their flags.

use super::number::made;
use super::printer::Printer;
use crate::unicode::is_print;

/// The base and letter case of a verb.
#[derive(Clone, Copy)]
pub(super) struct Base {
    pub(super) radix: u8,
    pub(super) upper: bool,
    /// `%O`, which writes `0o`
    pub(super) octal_prefix: bool,
}

impl Base {
    pub(super) fn new(radix: u8) -> Self {
        Self { radix, upper: false, octal_prefix: false }
    }
}

impl Printer {
    /// An integer with sign and absolute value.
    pub(super) fn integer(&mut self, negative: bool, size: u64, base: Base) {
        if self.flags.is_plain() && base.radix == 10 {
            let sign = if negative { "-" } else { "" };
            self.out.push_str(sign);
            self.out.push_str(itoa::Buffer::new().format(size));
            return;
        }
        let width = self.flags.width.unwrap_or(0);
        let mut least = 0;
        if let Some(precision) = self.flags.precision {
            if precision == 0 && size == 0 {
                self.fill(b' ', width);
                return;
            }
            least = precision;
        } else if self.flags.zero && !self.flags.minus && self.flags.width.is_some() {
            let signed = negative || self.flags.plus || self.flags.space;
            least = width.saturating_sub(usize::from(signed));
        }
        let mut digits = digits(size, base);
        if digits.len() < least {
            digits = format!("{}{digits}", "0".repeat(least - digits.len()));
        }
        let mut text = String::new();
        match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => text.push('-'),
            (_, true, _) => text.push('+'),
            (_, _, true) => text.push(' '),
            _ => {}
        }
        if base.octal_prefix {
            text.push_str("0o");
        }
        if self.flags.sharp {
            text.push_str(match base.radix {
                2 => "0b",
                8 if !digits.starts_with('0') => "0",
                16 if base.upper => "0X",
                16 => "0x",
                _ => "",
            });
        }
        text.push_str(&digits);
        self.pad_spaces(text.as_bytes(), None);
    }

    /// `U+0078`, with the character itself under `#`.
    pub(super) fn unicode(&mut self, code: u64) {
        let least = self.flags.precision.unwrap_or(4).max(4);
        let digits = format!("{code:X}");
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        let mut text = format!("U+{zeros}{digits}");
        let c = u32::try_from(code).ok().and_then(char::from_u32);
        let c = c.filter(|c| self.flags.sharp && is_print(*c));
        if let Some(c) = c {
            text.push_str(&format!(" '{c}'"));
        }
        self.pad_spaces(text.as_bytes(), c.and_then(made).as_ref());
    }
}

fn digits(size: u64, base: Base) -> String {
    match base.radix {
        2 => format!("{size:b}"),
        8 => format!("{size:o}"),
        16 if base.upper => format!("{size:X}"),
        16 => format!("{size:x}"),
        _ => size.to_string(),
    }
}
