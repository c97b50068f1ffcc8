//! Numbers, names and zones at the start of a text that tells a time.

use super::duration::leading_integer;

/// Why a part of the text does not fit the layout.
pub(super) enum Bad {
    Syntax,
    Range(&'static str),
}

/// What follows a literal, in which any number of spaces match any other;
/// the error is where it differs.
pub(super) fn skip<'t>(mut text: &'t [u8], mut literal: &[u8]) -> Result<&'t [u8], &'t [u8]> {
    while let [wanted, after @ ..] = literal {
        if *wanted == b' ' {
            if text.first().is_some_and(|byte| *byte != b' ') {
                return Err(text);
            }
            literal = without_spaces(literal);
            text = without_spaces(text);
            continue;
        }
        match text {
            [found, rest @ ..] if found == wanted => (text, literal) = (rest, after),
            _ => return Err(text),
        }
    }
    Ok(text)
}

fn without_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|byte| **byte == b' ').count();
    text.get(spaces..).unwrap_or_default()
}

pub(super) fn digit(text: &[u8], at: usize) -> Option<i64> {
    text.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i64::from(byte - b'0'))
}

/// One or two digits.
pub(super) fn number(text: &[u8], two: bool) -> Result<(i64, &[u8]), Bad> {
    let first = digit(text, 0).ok_or(Bad::Syntax)?;
    match digit(text, 1) {
        Some(second) => Ok((first * 10 + second, text.get(2..).unwrap_or_default())),
        None if two => Err(Bad::Syntax),
        None => Ok((first, text.get(1..).unwrap_or_default())),
    }
}

/// A number that must be below `end`.
pub(super) fn below<'t>(end: i64, what: &'static str, text: &'t [u8], two: bool) -> Result<(i64, &'t [u8]), Bad> {
    let (number, rest) = number(text, two)?;
    if number < end { Ok((number, rest)) } else { Err(Bad::Range(what)) }
}

/// Digits with an optional sign, and nothing else.
pub(super) fn integer(text: &[u8]) -> Result<i64, Bad> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (number, rest) = leading_integer(digits).ok_or(Bad::Syntax)?;
    let number = i64::try_from(number).map_err(|_| Bad::Syntax)?;
    if !rest.is_empty() {
        return Err(Bad::Syntax);
    }
    Ok(if negative { -number } else { number })
}

pub(super) fn split(text: &[u8], at: usize) -> Result<(&[u8], &[u8]), Bad> {
    text.split_at_checked(at).ok_or(Bad::Syntax)
}

/// The index of the name that the text starts with, its first letters if `short`.
pub(super) fn name_index<'t>(names: &[&str], short: bool, text: &'t [u8]) -> Result<(i64, &'t [u8]), Bad> {
    for (index, name) in (0..).zip(names) {
        let name = if short { name.get(..3).unwrap_or(name) } else { name };
        if let Some((start, rest)) = text.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name.as_bytes())
        {
            return Ok((index, rest));
        }
    }
    Err(Bad::Syntax)
}

/// Nanoseconds from a point or comma and digits.
pub(super) fn fraction(text: &[u8]) -> Result<i64, Bad> {
    let [b'.' | b',', digits @ ..] = text else {
        return Err(Bad::Syntax);
    };
    let digits = digits.get(..digits.len().min(9)).unwrap_or_default();
    let nanos = integer(digits)?;
    if nanos < 0 {
        return Err(Bad::Range("fractional second"));
    }
    Ok((digits.len()..9).fold(nanos, |nanos, _| nanos * 10))
}

/// Length of a point or comma and the digits after it; none if there are none.
pub(super) fn fraction_length(text: &[u8]) -> Option<usize> {
    if !matches!(text.first(), Some(b'.' | b',')) || digit(text, 1).is_none() {
        return None;
    }
    Some(1 + text.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count())
}

/// How much of a text looks like the abbreviation of a zone.
pub(super) fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hours_length(rest));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return Some(signed_hours_length(text)).filter(|length| *length > 0);
    }
    let letters = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    match letters {
        5 if text.get(4) == Some(&b'T') => Some(5),
        4 if text.get(3) == Some(&b'T') || text.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// Length of a sign and a number of at most 23; 0 if there is none.
fn signed_hours_length(text: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = text else {
        return 0;
    };
    match leading_integer(digits) {
        Some((hours, rest)) if hours <= 23 && rest.len() < digits.len() => text.len() - rest.len(),
        _ => 0,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Month and day of a day of the year.
pub(super) fn day_of_year(year: i64, year_day: i64) -> Option<(i64, i64)> {
    let mut day = year_day;
    for month in 1..=12 {
        let days = days_in(month, year);
        if (1..=days).contains(&day) {
            return Some((month, day));
        }
        day -= days;
    }
    None
}
