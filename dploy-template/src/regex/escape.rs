//! What begins with a backslash.

use regex_syntax::hir::Look;

use super::parser::{Mistake, Parser, next_char};
use super::piece::Piece;
use super::tables::{DIGIT, Named, PERL_SPACE, WORD};

/// The class of `\d`, `\S` and the like, if the text begins with one.
pub(super) fn perl_class(text: &[u8]) -> Option<Named> {
    let [b'\\', letter, ..] = text else { return None };
    let ranges = match letter.to_ascii_lowercase() {
        b'd' => DIGIT,
        b's' => PERL_SPACE,
        b'w' => WORD,
        _ => return None,
    };
    Some(Named::new(ranges, letter.is_ascii_uppercase()))
}

impl Parser<'_> {
    pub(super) fn escape(&mut self) -> Result<(), Mistake> {
        let look = match self.rest.get(1) {
            Some(b'A') => Look::Start,
            Some(b'z') => Look::End,
            Some(b'b') => Look::WordAscii,
            Some(b'B') => Look::WordAsciiNegate,
            Some(b'C') => return Err(invalid(self.rest.get(..2).unwrap_or_default())),
            Some(b'Q') => return self.quoted(),
            Some(b'p' | b'P') => {
                let class = self.unicode_class()?;
                return self.push(Piece::class(class));
            }
            _ if self.push_perl_class()? => return Ok(()),
            _ => {
                let (code, rest) = single(self.rest)?;
                self.rest = rest;
                return self.literal(char::from_u32(code));
            }
        };
        self.skip(2);
        self.push(Piece::look(look))
    }

    /// Literal text up to `\E` or the end.
    fn quoted(&mut self) -> Result<(), Mistake> {
        self.skip(2);
        let end = self.rest.windows(2).position(|two| two == b"\\E");
        let (mut text, rest) = match end {
            Some(end) => (self.rest.get(..end).unwrap_or_default(), self.rest.get(end + 2..).unwrap_or_default()),
            None => (self.rest, [].as_slice()),
        };
        self.rest = rest;
        while !text.is_empty() {
            let (c, tail) = next_char(text)?;
            self.literal(Some(c))?;
            text = tail;
        }
        Ok(())
    }
}

fn invalid(part: &[u8]) -> Mistake {
    Mistake::new("invalid escape sequence", part)
}

/// The character of an escape such as `\n`, `\x41` or `\.`; it may be a
/// surrogate.
pub(super) fn single(text: &[u8]) -> Result<(u32, &[u8]), Mistake> {
    let after = text.get(1..).unwrap_or_default();
    if after.is_empty() {
        return Err(Mistake::new("trailing backslash at end of expression", b""));
    }
    let (c, rest) = next_char(after)?;
    let code = match c {
        '1'..='7' if !matches!(rest.first(), Some(b'0'..=b'7')) => return Err(invalid(part(text, rest))),
        '0'..='7' => return Ok(octal(c, rest)),
        'x' => return hexadecimal(text, rest),
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
        _ => return Err(invalid(part(text, rest))),
    };
    Ok((code, rest))
}

/// What stands in front of `rest`, which is the end of `text`.
pub(super) fn part<'t>(text: &'t [u8], rest: &[u8]) -> &'t [u8] {
    text.get(..text.len().saturating_sub(rest.len())).unwrap_or(text)
}

fn octal(first: char, mut rest: &[u8]) -> (u32, &[u8]) {
    let mut code = first.to_digit(8).unwrap_or_default();
    for _ in 0..2 {
        let Some((digit @ b'0'..=b'7', tail)) = rest.split_first() else { break };
        code = code * 8 + u32::from(digit - b'0');
        rest = tail;
    }
    (code, rest)
}

/// Two digits, or any number of them in braces, behind `\x`.
fn hexadecimal<'t>(text: &'t [u8], rest: &'t [u8]) -> Result<(u32, &'t [u8]), Mistake> {
    if rest.is_empty() {
        return Err(invalid(text));
    }
    let (first, mut rest) = next_char(rest)?;
    if first != '{' {
        let (second, rest) = next_char(rest)?;
        let code = first.to_digit(16).zip(second.to_digit(16)).map(|(high, low)| high * 16 + low);
        return code.map(|code| (code, rest)).ok_or_else(|| invalid(part(text, rest)));
    }
    let mut code = None;
    while !rest.is_empty() {
        let (c, tail) = next_char(rest)?;
        rest = tail;
        if c == '}' {
            return code.map(|code| (code, rest)).ok_or_else(|| invalid(part(text, rest)));
        }
        let Some(digit) = c.to_digit(16) else { break };
        let value = code.unwrap_or(0) * 16 + digit;
        code = Some(value);
        if value > u32::from(char::MAX) {
            break;
        }
    }
    Err(invalid(part(text, rest)))
}
