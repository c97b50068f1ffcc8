//! Go's number constants.

use super::unquote::unquote_constant;

/// A constant and every type that its value fits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

/// The value of a constant where nothing says which type is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ideal {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    Overflow,
}

impl Number {
    pub(crate) fn character(text: &str) -> Option<Self> {
        let code = unquote_constant(text)?;
        let uint = u64::try_from(code).ok();
        #[expect(clippy::cast_precision_loss, reason = "character codes are small")]
        let float = Some(code as f64);
        Some(Self { text: text.to_owned(), int: Some(code), uint, float, complex: None })
    }

    /// A constant such as `1+2i`.
    pub(crate) fn complex(text: &str) -> Option<Self> {
        let body = text.strip_suffix('i')?;
        // The sign of the imaginary part is the last one that no exponent owns.
        let split = body.char_indices().rev().find(|(at, c)| {
            let owner = body.get(..*at).and_then(|before| before.chars().next_back());
            matches!(c, '+' | '-') && *at > 0 && !matches!(owner, Some('e' | 'E' | 'p' | 'P'))
        });
        let (re, im) = body.split_at_checked(split?.0)?;
        let pair = (go_float(re)?, go_float(im)?);
        Some(Self::from_complex(text, pair))
    }

    fn from_complex(text: &str, pair: (f64, f64)) -> Self {
        let mut number = Self { text: text.to_owned(), int: None, uint: None, float: None, complex: Some(pair) };
        if pair.1 == 0.0 {
            number.float = Some(pair.0);
            number.int = whole_int(pair.0);
            number.uint = whole_uint(pair.0);
        }
        number
    }

    /// Any other constant; the error says what is wrong with it.
    pub(crate) fn plain(text: &str) -> Result<Self, String> {
        if let Some(imaginary) = text.strip_suffix('i').and_then(go_float) {
            return Ok(Self::from_complex(text, (0.0, imaginary)));
        }
        let int = go_int(text);
        let uint = if int == Some(0) { Some(0) } else { go_uint(text) };
        #[expect(clippy::cast_precision_loss, reason = "Go rounds constants to float64 in the same way")]
        let float = int.map(|n| n as f64).or(uint.map(|n| n as f64));
        let mut number = Self { text: text.to_owned(), int, uint, float, complex: None };
        if float.is_none() {
            let float = go_float(text).ok_or_else(|| format!("illegal number syntax: {text:?}"))?;
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {text:?}"));
            }
            number.float = Some(float);
            number.int = whole_int(float);
            number.uint = whole_uint(float);
        }
        Ok(number)
    }

    /// The syntax decides: a point or an exponent makes it a float.
    pub(crate) fn ideal(&self) -> Ideal {
        if let Some((re, im)) = self.complex {
            return Ideal::Complex(re, im);
        }
        let hex = self.text.starts_with("0x") || self.text.starts_with("0X");
        let integer_text = hex && !self.text.contains(['p', 'P']) || self.text.starts_with('\'');
        match (self.float, self.int) {
            (Some(float), _) if !integer_text && self.text.contains(['.', 'e', 'E', 'p', 'P']) => Ideal::Float(float),
            (_, Some(int)) => Ideal::Int(int),
            _ => Ideal::Overflow,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "tested by converting back")]
fn whole_int(float: f64) -> Option<i64> {
    let int = float as i64;
    (int as f64 == float && int != i64::MAX).then_some(int)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "tested by converting back"
)]
fn whole_uint(float: f64) -> Option<u64> {
    let uint = float as u64;
    (uint as f64 == float && uint != u64::MAX).then_some(uint)
}

/// A number without its underscores, if these stand where Go allows them:
/// between digits, or between a base prefix and a digit.
fn without_underscores(text: &str) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let prefix = body.get(..2).map(str::to_ascii_lowercase);
    let prefixed = matches!(prefix.as_deref(), Some("0x" | "0o" | "0b"));
    let body = if prefixed { body.get(2..)? } else { body };
    let hex = prefix.as_deref() == Some("0x");
    let is_digit = |c: char| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
    let mut after_digit = prefixed;
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        let before_digit = chars.peek().is_some_and(|next| is_digit(*next));
        if c == '_' && !(after_digit && before_digit) {
            return None;
        }
        after_digit = is_digit(c);
    }
    Some(text.replace('_', ""))
}

/// `strconv.ParseUint` with base 0.
pub(crate) fn go_uint(text: &str) -> Option<u64> {
    let lower = without_underscores(text)?.to_ascii_lowercase();
    let (digits, base) = match lower.split_at_checked(2) {
        Some(("0x", rest)) => (rest, 16),
        Some(("0b", rest)) => (rest, 2),
        Some(("0o", rest)) => (rest, 8),
        _ if lower.len() > 1 && lower.starts_with('0') => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// `strconv.ParseInt` with base 0.
pub(crate) fn go_int(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => 0_i64.checked_sub_unsigned(go_uint(digits)?),
        None => i64::try_from(go_uint(text.strip_prefix('+').unwrap_or(text))?).ok(),
    }
}

/// `strconv.ParseFloat`: decimal or hexadecimal, infinities and NaN; none
/// where the text is no float or beyond the range of one.
pub(crate) fn go_float(text: &str) -> Option<f64> {
    let plain = without_underscores(text)?;
    let text = plain.as_str();
    let (sign, body) = match text.as_bytes().first()? {
        b'-' => (-1.0, text.get(1..)?),
        b'+' => (1.0, text.get(1..)?),
        _ => (1.0, text),
    };
    if body.starts_with(['+', '-']) {
        return None;
    }
    match body.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        "nan" => return Some(f64::NAN),
        hex if hex.starts_with("0x") => return hex_float(hex.get(2..)?).map(|float| sign * float),
        _ => {}
    }
    let plain = body.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    let float: f64 = plain.then(|| body.parse().ok())??;
    float.is_finite().then_some(sign * float)
}

/// The part of a hexadecimal float after `0x`: the exponent is obligatory.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let signed = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if signed.is_empty() || !signed.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits beyond the 15th only tell whether there is something after them.
    let significant = digits.trim_start_matches('0');
    let (leading, tail) = significant.split_at_checked(15).unwrap_or((significant, ""));
    let sticky = u64::from(tail.bytes().any(|digit| digit != b'0'));
    let mantissa = u64::from_str_radix(if leading.is_empty() { "0" } else { leading }, 16).ok()? << 1 | sticky;
    // Far beyond what floats reach, whatever the mantissa's length.
    let beyond = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
    let exponent = exponent.parse::<i64>().unwrap_or(beyond).clamp(i64::MIN / 4, i64::MAX / 4);
    let moved = i64::try_from(tail.len()).ok()? - i64::try_from(fraction.len()).ok()?;
    scaled(mantissa, exponent + 4 * moved - 1)
}

/// `mantissa * 2^exponent`, rounded to the nearest float, to an even one in
/// the middle; none beyond the range of floats.
fn scaled(mantissa: u64, exponent: i64) -> Option<f64> {
    let bits = i64::from(u64::BITS - mantissa.leading_zeros());
    let top = exponent + bits - 1;
    if mantissa == 0 || top < -1075 {
        return Some(0.0);
    }
    if top > 1023 {
        return None;
    }
    let is_normal = top >= -1022;
    let precision = if is_normal { 53 } else { 53 - (-1022 - top) };
    let rounded = match u32::try_from(bits - precision) {
        Ok(0) => mantissa,
        Ok(dropped) => {
            let (kept, rest) = (mantissa >> dropped, mantissa & ((1 << dropped) - 1));
            let half = 1 << (dropped - 1);
            kept + u64::from(rest > half || (rest == half && kept & 1 == 1))
        }
        Err(_) => mantissa << (precision - bits),
    };
    // The leading bit of a normal number adds one to its biased exponent.
    let biased = if is_normal { u64::try_from(top + 1022).ok()? << 52 } else { 0 };
    Some(f64::from_bits(biased + rounded)).filter(|float| float.is_finite())
}
