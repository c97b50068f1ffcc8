//! Go's `time.Duration` as text, and text as a duration.

const SECOND: u64 = 1_000_000_000;

/// `72h3m0.5s`, or a single unit below a second.
pub(crate) fn duration_string(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let text = match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{size}ns"),
        1_000..1_000_000 => format!("{}µs", with_fraction(size, 1_000, 3)),
        1_000_000..SECOND => format!("{}ms", with_fraction(size, 1_000_000, 6)),
        _ => {
            let (seconds, fraction) = (size / SECOND, size % SECOND);
            let last = with_fraction(seconds % 60 * SECOND + fraction, SECOND, 9);
            match (seconds / 3600, seconds / 60 % 60) {
                (0, 0) => format!("{last}s"),
                (0, minutes) => format!("{minutes}m{last}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{last}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// A quotient in decimal notation without zeros at its end.
fn with_fraction(size: u64, unit: u64, digits: usize) -> String {
    let (whole, fraction) = (size / unit, size % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let fraction = format!("{fraction:0digits$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// What `time.ParseDuration` gives, in nanoseconds: `1h15m30.918s`.
pub(crate) fn parse_duration(text: &[u8]) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote_ascii(text));
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = match term(rest) {
            Ok(term) => term,
            Err(Some(problem)) => return Err(format!("time: {problem} in duration {}", quote_ascii(text))),
            Err(None) => return Err(invalid()),
        };
        total = total.checked_add(nanoseconds).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    if negative {
        return Ok(0_u64.wrapping_sub(total).cast_signed());
    }
    i64::try_from(total).map_err(|_| invalid())
}

/// A number with its unit, in nanoseconds, and what follows; the error is a
/// problem with the unit, none for any other.
fn term(text: &[u8]) -> Result<(u64, &[u8]), Option<String>> {
    let (whole, rest) = leading_integer(text).ok_or(None)?;
    let (fraction, scale, after) = match rest {
        [b'.', rest @ ..] => leading_fraction(rest),
        rest => (0, 1.0, rest),
    };
    // A lone point is one byte that is no digit.
    if text.len() - after.len() <= usize::from(text.first() == Some(&b'.')) {
        return Err(None);
    }
    let length = after.iter().position(|byte| matches!(byte, b'.' | b'0'..=b'9')).unwrap_or(after.len());
    let (unit, rest) = after.split_at_checked(length).unwrap_or_default();
    if unit.is_empty() {
        return Err(Some("missing unit".to_owned()));
    }
    let unit = unit_nanoseconds(unit).ok_or_else(|| format!("unknown unit {}", quote_ascii(unit)))?;
    let mut nanoseconds = whole.checked_mul(unit).filter(|total| *total <= 1 << 63).ok_or(None)?;
    if fraction > 0 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "Go computes fractions in floats"
        )]
        let part = (fraction as f64 * (unit as f64 / scale)) as u64;
        nanoseconds = nanoseconds.checked_add(part).filter(|total| *total <= 1 << 63).ok_or(None)?;
    }
    Ok((nanoseconds, rest))
}

fn unit_nanoseconds(unit: &[u8]) -> Option<u64> {
    Some(match unit {
        b"ns" => 1,
        b"us" => 1_000,
        // The micro sign and the Greek letter
        b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => SECOND,
        b"m" => 60 * SECOND,
        b"h" => 3600 * SECOND,
        _ => return None,
    })
}

/// Digits and what follows; none for more than 2^63.
pub(super) fn leading_integer(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length)?;
    let mut number: u64 = 0;
    for digit in digits {
        number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|number| *number <= 1 << 63)?;
    }
    Some((number, rest))
}

/// Digits after a point, by what they are to be divided, and what follows.
fn leading_fraction(text: &[u8]) -> (u64, f64, &[u8]) {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length).unwrap_or_default();
    let (mut number, mut scale) = (0_u64, 1.0);
    for digit in digits {
        let next = number.checked_mul(10).and_then(|number| number.checked_add(u64::from(digit - b'0')));
        let Some(next) = next.filter(|next| number <= (1 << 63) / 10 && *next <= 1 << 63) else {
            break;
        };
        (number, scale) = (next, scale * 10.0);
    }
    (number, scale, rest)
}

/// Quotes as package time does in its messages.
pub(crate) fn quote_ascii(text: &[u8]) -> String {
    let mut out = String::from('"');
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=b'\x7f' => out.push(char::from(*byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}
