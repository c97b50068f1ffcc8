//! Amounts of CPU and memory, as `resource.Quantity` of Kubernetes reads them.

use super::reader::shown;

/// The most digits of one quantity.
const DIGITS_MAX: usize = 64;

/// The smallest step Kubernetes keeps: 10⁻⁹.
const NANO: i32 = 9;

/// The amount in steps of 10⁻⁹, rounded up; what passes the range of the type is its end.
pub(super) fn parse(text: &str) -> Result<i128, String> {
    let wrong = || format!("`{}` is not a quantity", shown(text));
    if text.starts_with('-') {
        return Err(format!("the quantity `{}` is negative", shown(text)));
    }
    let body = text.strip_prefix('+').unwrap_or(text);
    let end = body.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(body.len());
    let (number, suffix) = body.split_at(end);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || digits.contains('.') || digits.len() > DIGITS_MAX {
        return Err(wrong());
    }
    let scale = scale(suffix).ok_or_else(wrong)?;
    let decimals = i32::try_from(part.len()).unwrap_or(i32::MAX);
    Ok(amount(&digits, scale, decimals))
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Scale {
    /// 10 to the power.
    Decimal(i32),
    /// 1024 to the power.
    Binary(u32),
}

fn scale(suffix: &str) -> Option<Scale> {
    let binary = |power| Some(Scale::Binary(power));
    let decimal = |power| Some(Scale::Decimal(power));
    match suffix {
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            // Rust reads what Go's ParseInt does: a sign and digits.
            decimal(exponent.parse::<i32>().ok()?)
        }
    }
}

fn amount(digits: &str, scale: Scale, decimals: i32) -> i128 {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return 0;
    }
    let Ok(number) = digits.parse::<i128>() else { return i128::MAX };
    let (number, power) = match scale {
        Scale::Decimal(power) => (Some(number), power),
        Scale::Binary(power) => (number.checked_mul(1024_i128.saturating_pow(power)), 0),
    };
    let Some(number) = number else { return i128::MAX };
    let power = power.saturating_add(NANO).saturating_sub(decimals);
    let factor = 10_i128.checked_pow(power.unsigned_abs());
    match (power >= 0, factor) {
        (true, Some(factor)) => number.saturating_mul(factor),
        (true, None) => i128::MAX,
        (false, Some(factor)) => number / factor + i128::from(number % factor != 0),
        (false, None) => 1,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", 0)]
    #[case("1", 1_000_000_000)]
    #[case("+1", 1_000_000_000)]
    #[case("250m", 250_000_000)]
    #[case(".5", 500_000_000)]
    #[case("5.", 5_000_000_000)]
    #[case("1.5Ki", 1_536_000_000_000)]
    #[case("64Mi", 67_108_864_000_000_000)]
    #[case("1e3", 1_000_000_000_000)]
    #[case("1E-3", 1_000_000)]
    #[case("1E", 1_000_000_000_000_000_000_000_000_000)]
    #[case("0.1n", 1)]
    #[case("1e-2000000000", 1)]
    #[case("9e2000000000", i128::MAX)]
    #[case("1000000000000000000000000000000Ei", i128::MAX)]
    fn quantities_are_read_as_kubernetes_does(#[case] text: &str, #[case] nanos: i128) {
        assert_eq!(parse(text), Ok(nanos));
    }

    #[rstest]
    #[case("")]
    #[case(".")]
    #[case("+")]
    #[case("-1")]
    #[case("1.2.3")]
    #[case("1 Gi")]
    #[case("1GB")]
    #[case("1mi")]
    #[case("64MI")]
    #[case("1K")]
    #[case("1e")]
    #[case("1e1.5")]
    #[case("0x10")]
    #[case("½")]
    fn what_kubernetes_refuses_is_refused(#[case] text: &str) {
        assert!(parse(text).is_err());
    }
}
