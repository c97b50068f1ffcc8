//! Conversions of `spf13/cast`, which answer 0 for what is no number.

use crate::syntax::{go_float, go_int};
use crate::value::{Stringer, Value};

/// As `cast.ToInt64` converts; the text of a string is read, so its length
/// is to be paid for.
pub(in crate::functions) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(n) | Value::Int64(n) => *n,
        Value::Uint8(n) => i64::from(*n),
        Value::Uint64(n) => n.cast_signed(),
        Value::Float64(f) => float_to_int64(*f),
        Value::Bool(b) => i64::from(*b),
        Value::String(text) => go_int(without_zero_decimals(&text.to_string_lossy())).unwrap_or(0),
        Value::Stringer(Stringer::Month(n) | Stringer::Weekday(n)) => i64::from(*n),
        Value::Pointer(pointer) => pointer.target().map_or(0, to_int64),
        _ => 0,
    }
}

/// As `cast.ToFloat64` converts.
#[expect(clippy::cast_precision_loss, reason = "Go rounds in the same way")]
pub(in crate::functions) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Float64(f) => *f,
        Value::Uint64(n) => *n as f64,
        Value::String(text) => go_float(&text.to_string_lossy()).unwrap_or(0.0),
        Value::Pointer(pointer) => pointer.target().map_or(0.0, to_float64),
        other => to_int64(other) as f64,
    }
}

/// Go's conversion on amd64: what does not fit becomes the smallest number.
fn float_to_int64(float: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&float) {
        #[expect(clippy::cast_possible_truncation, reason = "within range, as just tested")]
        return float as i64;
    }
    i64::MIN
}

/// `10.00` is `10`, and so is `10.0.`.
fn without_zero_decimals(text: &str) -> &str {
    let mut zero = false;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'.' if zero => return text.get(..at).unwrap_or_default(),
            b'.' => {}
            b'0' => zero = true,
            _ => return text,
        }
    }
    text
}
