//! What begins with a parenthesis: groups and flags.

use super::escape::part;
use super::parser::{Mistake, Parser, check_utf8, next_char};

impl Parser<'_> {
    pub(super) fn open(&mut self) -> Result<(), Mistake> {
        if !self.rest.starts_with(b"(?") {
            self.push_group(true, b"", self.flags);
            self.skip(1);
            return Ok(());
        }
        let named = [b"(?P<".as_slice(), b"(?<"].into_iter().find(|start| self.rest.starts_with(start));
        match named {
            // At least one character must follow.
            Some(start) if self.rest.len() > start.len() => self.named_group(start.len()),
            _ => self.flag_group(),
        }
    }

    fn named_group(&mut self, start: usize) -> Result<(), Mistake> {
        let text = self.rest;
        let Some(end) = text.iter().position(|byte| *byte == b'>') else {
            check_utf8(text)?;
            return Err(Mistake::new("invalid named capture", text));
        };
        let name = text.get(start..end).unwrap_or_default();
        check_utf8(name)?;
        if name.is_empty() || !name.iter().all(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()) {
            return Err(Mistake::new("invalid named capture", text.get(..=end).unwrap_or(text)));
        }
        self.push_group(true, name, self.flags);
        self.skip(end + 1);
        Ok(())
    }

    /// `(?i)`, `(?i:`, `(?:` and the like.
    fn flag_group(&mut self) -> Result<(), Mistake> {
        let whole = self.rest;
        let mut rest = whole.get(2..).unwrap_or_default();
        let mut flags = self.flags;
        let mut on = true;
        // Whether a flag stands behind the minus sign.
        let mut seen = false;
        while !rest.is_empty() {
            let (c, tail) = next_char(rest)?;
            rest = tail;
            let flag = match c {
                'i' => &mut flags.fold,
                'm' => &mut flags.multi_line,
                's' => &mut flags.dot_all,
                'U' => &mut flags.lazy,
                '-' if on => {
                    (on, seen) = (false, false);
                    continue;
                }
                ':' | ')' if on || seen => {
                    if c == ':' {
                        self.push_group(false, b"", self.flags);
                    }
                    self.flags = flags;
                    self.rest = rest;
                    return Ok(());
                }
                _ => break,
            };
            *flag = on;
            seen = true;
        }
        Err(Mistake::new("invalid or unsupported Perl syntax", part(whole, rest)))
    }
}
