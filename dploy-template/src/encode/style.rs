//! Which YAML style holds a string, and in which order keys stand.

use std::cmp::Ordering;

use crate::unicode::is_letter;

/// Which styles can hold a string.
pub(super) struct Traits {
    pub(super) plain: bool,
    pub(super) block: bool,
    /// Only double quotes will do.
    pub(super) special: bool,
}

impl Traits {
    pub(super) fn of(text: &str) -> Self {
        let mut traits = Self { plain: !text.is_empty(), block: !text.is_empty(), special: false };
        if is_harmless(text) {
            return traits;
        }
        if text.starts_with("---") || text.starts_with("...") {
            traits.plain = false;
        }
        if text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']) {
            traits.plain = false;
        }
        if text.ends_with(' ') {
            traits.block = false;
        }
        let blank = |c: char| matches!(c, ' ' | '\t');
        let mut previous = ' ';
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            let before_blank = chars.peek().is_none_or(|next| blank(*next));
            let indicator = match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
                '?' | '-' => first && before_blank,
                ':' => before_blank,
                '#' => first || blank(previous) || previous == '\n',
                _ => false,
            };
            traits.plain &= !indicator && c != '\n';
            traits.special |= !is_printable(c) || (c == '\n' && previous == ' ' && !first);
            // A space at the start of a line would be lost between quotes too.
            traits.special |= c == ' ' && previous == '\n' && !text.contains('\n');
            previous = c;
            first = false;
        }
        traits.block &= !traits.special;
        traits
    }
}

/// Whether the text has nothing that ever counts as an indicator. Most texts
/// are like that.
fn is_harmless(text: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b'/' | b'-' | b'=');
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
        && bytes.iter().all(|byte| harmless(*byte))
}

fn is_printable(c: char) -> bool {
    // Line and paragraph separators would be folded between single quotes.
    match c {
        '\u{2028}' | '\u{2029}' | '\u{feff}' => false,
        '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}' => true,
        _ => false,
    }
}

pub(super) fn escape(out: &mut String, c: char) {
    let simple = match c {
        '"' => '"',
        '\\' => '\\',
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c if is_printable(c) => {
            out.push(c);
            return;
        }
        c => {
            let code = u32::from(c);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
            return;
        }
    };
    out.push('\\');
    out.push(simple);
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`, a number in YAML 1.1.
pub(super) fn is_base60(text: &str) -> bool {
    if !text.contains(':') {
        return false;
    }
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (sixties, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return false;
    }
    let mut groups = sixties.split(':');
    let first = groups.next().unwrap_or_default();
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let sixty = |group: &str| match group.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    let mut rest = groups.peekable();
    first.starts_with(|c: char| c.is_ascii_digit()) && digits(first) && rest.peek().is_some() && rest.all(sixty)
}

/// The order of keys: letters after everything else, numbers by value.
pub(super) fn key_order(a: &str, b: &str) -> Ordering {
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let at = (0..=same).rev().find(|at| a.is_char_boundary(*at)).unwrap_or(0);
    let ((before, a), (_, b)) = (a.split_at(at), b.split_at(at.min(b.len())));
    let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (is_letter(x), is_letter(y)) {
        (true, true) => return x.cmp(&y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let mut start = 0;
    if x == '0' || y == '0' {
        // Zeros inside a number are digits of it, not leading ones.
        let inside = before.chars().rev().take_while(|c| c.is_ascii_digit()).any(|c| c != '0');
        start = i64::from(inside);
    }
    let number = |text: &str| {
        let digits = text.chars().map_while(|c| c.to_digit(10));
        digits.fold((start, 0), |(number, count), digit| {
            (i64::wrapping_add(number.wrapping_mul(10), i64::from(digit)), count + 1)
        })
    };
    let ((number_a, count_a), (number_b, count_b)): ((i64, usize), (i64, usize)) = (number(a), number(b));
    number_a.cmp(&number_b).then(count_a.cmp(&count_b)).then(x.cmp(&y))
}
