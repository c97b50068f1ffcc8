//! Go's `strconv.FormatFloat` for `float64`.

/// How a float is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `%b`: mantissa and binary exponent
    Binary,
    /// `%e`
    Exponent,
    /// `%f`
    Point,
    /// `%g`: whichever of the two is shorter
    General,
    /// `%x`
    Hex,
}

/// Decimal digits `0.d1d2… × 10^point`, without trailing zeros.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

/// The float with its sign, if negative; `precision` none is the fewest
/// digits that read back as the same float.
pub(crate) fn format_float(value: f64, notation: Notation, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let size = value.abs();
    let body = match (notation, precision) {
        (Notation::Binary, _) => binary(size),
        (Notation::Hex, _) => hex(size, precision),
        (Notation::Point, None) => {
            let decimal = shortest(size);
            let count = i32::try_from(decimal.digits.len()).unwrap_or(i32::MAX);
            point(&decimal, usize::try_from(count - decimal.point).unwrap_or(0))
        }
        (Notation::Point, Some(precision)) => format!("{size:.precision$}"),
        (Notation::Exponent, None) => exponent(&shortest(size), None),
        (Notation::Exponent, Some(precision)) => exponent(&rounded(size, precision + 1), Some(precision)),
        (Notation::General, _) => general(size, precision),
    };
    format!("{sign}{body}")
}

fn decimal(scientific: &str) -> Decimal {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let point = if digits.is_empty() { 0 } else { exponent.parse::<i32>().unwrap_or(0) + 1 };
    Decimal { digits, point }
}

fn shortest(size: f64) -> Decimal {
    let text = format!("{size:e}");
    decimal(&even_on_tie(&text, size, |text| text.parse() == Ok(size)).unwrap_or(text))
}

/// Of two equally near ways to tell a float in the fewest digits Rust takes
/// the larger, Go the one that ends in an even digit.
fn even_on_tie(text: &str, size: f64, reads_back: impl Fn(&str) -> bool) -> Option<String> {
    let (mantissa, exponent) = text.split_once('e')?;
    let (start, last) = mantissa.split_at_checked(mantissa.len() - 1)?;
    let last = last.parse::<u8>().ok().filter(|last| last % 2 == 1)?;
    let digits = mantissa.len() - usize::from(mantissa.contains('.'));
    if !is_halfway(size, i32::try_from(digits).ok()?, exponent.parse().ok()?) {
        return None;
    }
    let lower = format!("{start}{}e{exponent}", last - 1);
    reads_back(&lower).then_some(lower)
}

/// Whether a float lies exactly between two decimals of so many digits.
fn is_halfway(size: f64, digits: i32, exponent: i32) -> bool {
    let decimals = digits - 1 - exponent;
    let (mantissa, binary) = parts(size);
    // A fraction has as many decimals as it has bits, and ends in 5.
    let bits = -(binary + i32::try_from(mantissa.trailing_zeros()).unwrap_or_default());
    if bits > 0 {
        return bits == decimals + 1;
    }
    // Beyond 10^40 no integer of 53 bits ends in 5 and enough zeros.
    if decimals >= 0 || exponent > 40 {
        return false;
    }
    let exact = format!("{size:.0}");
    let rest = usize::try_from(digits).ok().and_then(|digits| exact.get(digits..)).unwrap_or_default();
    rest.strip_prefix('5').is_some_and(|zeros| zeros.bytes().all(|byte| byte == b'0'))
}

fn rounded(size: f64, digits: usize) -> Decimal {
    decimal(&format!("{size:.*e}", digits.saturating_sub(1)))
}

fn general(size: f64, precision: Option<usize>) -> String {
    let wanted = precision.map(|precision| precision.max(1));
    let decimal = match wanted {
        None => shortest(size),
        Some(digits) => rounded(size, digits),
    };
    shorter_form(&decimal, wanted)
}

/// With an exponent where that is shorter, by the rules of `%g`.
fn shorter_form(decimal: &Decimal, wanted: Option<usize>) -> String {
    /// The precision that decides for an exponent where none is given.
    const DECIDING: i32 = 6;
    let count = i32::try_from(decimal.digits.len()).unwrap_or(i32::MAX);
    let mut limit = wanted.map_or(DECIDING, |digits| i32::try_from(digits).unwrap_or(i32::MAX));
    if wanted.is_some() && limit > count && count >= decimal.point {
        limit = count;
    }
    let power = decimal.point - 1;
    if power < -4 || power >= limit {
        return exponent(decimal, None);
    }
    let fraction = usize::try_from(count - decimal.point).unwrap_or(0);
    point(decimal, fraction)
}

/// `d.ddde±dd`; `precision` pads with zeros.
fn exponent(decimal: &Decimal, precision: Option<usize>) -> String {
    let digit = |index: usize| decimal.digits.get(index).copied().unwrap_or(b'0') as char;
    let fraction = precision.unwrap_or(decimal.digits.len().saturating_sub(1));
    let mut text = String::with_capacity(fraction + 8);
    text.push(digit(0));
    if fraction > 0 {
        text.push('.');
        text.extend((1..=fraction).map(digit));
    }
    let power = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    let sign = if power < 0 { '-' } else { '+' };
    text.push_str(&format!("e{sign}{:02}", power.unsigned_abs()));
    text
}

fn point(decimal: &Decimal, fraction: usize) -> String {
    let digit = |index: i32| {
        let index = usize::try_from(index).ok();
        index.and_then(|index| decimal.digits.get(index)).copied().unwrap_or(b'0') as char
    };
    let mut text: String = (0..decimal.point.max(0)).map(digit).collect();
    if text.is_empty() {
        text.push('0');
    }
    if fraction > 0 {
        text.push('.');
        let fraction = i32::try_from(fraction).unwrap_or(i32::MAX);
        text.extend((0..fraction).map(|index| digit(decimal.point.saturating_add(index))));
    }
    text
}

/// The mantissa as an integer with its binary exponent.
fn parts(size: f64) -> (u64, i32) {
    let bits = size.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap_or_default();
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

fn binary(size: f64) -> String {
    let (mantissa, exponent) = parts(size);
    format!("{mantissa}p{exponent:+}")
}

fn hex(size: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(size);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // One digit, always 1, before the point; 52 bits after it.
        let shift = mantissa.leading_zeros() - 11;
        mantissa <<= shift;
        exponent = exponent - i32::try_from(shift).unwrap_or_default() + 52;
    }
    if let Some(digits) = precision.filter(|digits| *digits < 13) {
        let dropped = 4 * (13 - digits);
        let half = 1_u64 << (dropped - 1);
        let rest = mantissa & ((1 << dropped) - 1);
        mantissa >>= dropped;
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa <<= dropped;
        if mantissa >> 53 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut fraction = format!("{:013x}", mantissa & ((1 << 52) - 1));
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(digits) => {
            fraction.truncate(digits);
            fraction.push_str(&"0".repeat(digits - fraction.len()));
        }
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> 52, exponent.unsigned_abs())
}

/// `%g` with the fewest digits that a 32-bit float needs.
pub(crate) fn shortest_f32(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the loss is what is asked for")]
    let narrow = value as f32;
    let sign = if narrow.is_sign_negative() { "-" } else { "" };
    let (size, text) = (narrow.abs(), format!("{:e}", narrow.abs()));
    let even = even_on_tie(&text, f64::from(size), |text| text.parse() == Ok(size));
    let digits = decimal(&even.unwrap_or(text));
    format!("{sign}{}", shorter_form(&digits, None))
}
