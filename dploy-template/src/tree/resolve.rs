//! What a plain scalar means: YAML 1.1 as go-yaml 2 reads it.

use crate::syntax::{go_int, go_uint};

/// The value of a plain scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A date or time, which counts as a string but is quoted when written
    Timestamp,
    String,
}

/// Resolves the text of a plain scalar without a tag.
pub(crate) fn resolve(text: &str) -> Resolved {
    if let Some(word) = word(text) {
        return word;
    }
    match text.bytes().next() {
        Some(b'.') => parse_float(text).map_or(Resolved::String, Resolved::Float),
        Some(b'0'..=b'9' | b'+' | b'-') => number(text),
        _ => Resolved::String,
    }
}

fn word(text: &str) -> Option<Resolved> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Resolved {
    if is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let plain = text.replace('_', "");
    if let Some(n) = go_int(&plain) {
        return Resolved::Int(n);
    }
    if let Some(n) = go_uint(&plain) {
        return Resolved::Uint(n);
    }
    if is_decimal_float(&plain) {
        return parse_float(&plain).map_or(Resolved::String, Resolved::Float);
    }
    // Go's own syntax has no sign between prefix and digits; go-yaml allows one.
    let binary = |digits: &str| i64::from_str_radix(digits, 2).ok();
    let signed = match (plain.strip_prefix("0b"), plain.strip_prefix("-0b")) {
        (Some(digits), _) => binary(digits),
        (_, Some(digits)) => binary(&format!("-{digits}")),
        _ => None,
    };
    signed.map_or(Resolved::String, Resolved::Int)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits(rest);
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole == 0 && count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    } else if whole == 0 {
        return false;
    }
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else {
        return rest.is_empty();
    };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

/// A float in decimal notation; beyond the range of floats there is none.
fn parse_float(text: &str) -> Option<f64> {
    crate::syntax::go_float(text)
}

/// `2006-1-2`, with a time after `T`, `t` (and a zone) or a space (without).
fn is_timestamp(text: &str) -> bool {
    fn field(text: &str, low: u32, high: u32) -> Option<(u32, &str)> {
        let count = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = text.split_at_checked(count)?;
        let number = digits.parse().ok()?;
        (low..=high).contains(&number).then_some((number, rest))
    }
    fn clock(text: &str) -> Option<&str> {
        let (_, rest) = field(text, 0, 23)?;
        let (_, rest) = field(rest.strip_prefix(':')?, 0, 59)?;
        let (_, rest) = field(rest.strip_prefix(':')?, 0, 59)?;
        let Some(fraction) = rest.strip_prefix(['.', ',']) else {
            return Some(rest);
        };
        let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 { None } else { fraction.get(count..) }
    }
    fn zone(text: &str) -> bool {
        let numeric = |text: &str| {
            let (hours, minutes) = text.split_once(':')?;
            let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            (two(hours) && two(minutes) && hours <= "24" && minutes <= "60").then_some(())
        };
        text == "Z" || text.strip_prefix(['+', '-']).and_then(numeric).is_some()
    }
    fn matches(text: &str) -> Option<bool> {
        let (year, rest) = text.split_at_checked(4)?;
        let year: i16 = year.bytes().all(|b| b.is_ascii_digit()).then(|| year.parse().ok())??;
        let (month, rest) = field(rest.strip_prefix('-')?, 1, 12)?;
        let (day, rest) = field(rest.strip_prefix('-')?, 1, 31)?;
        jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        Some(match rest.chars().next() {
            None => true,
            Some('T' | 't') => zone(clock(rest.get(1..)?)?),
            Some(' ') => clock(rest.get(1..)?)?.is_empty(),
            Some(_) => false,
        })
    }
    matches(text).unwrap_or(false)
}
