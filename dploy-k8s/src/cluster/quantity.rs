//! Kubernetes quantities (`k8s.io/apimachinery/pkg/api/resource`): when two texts mean the same amount.

/// Whether two texts are quantities of the same amount: `1000m` and `1`, `1Gi` and `1024Mi`, `1e3` and `1k`.
pub fn same_quantity(left: &str, right: &str) -> bool {
    matches!((nanos(left), nanos(right)), (Some(left), Some(right)) if left == right)
}

/// Whether both texts are quantities and the first is not the greater amount.
pub fn quantity_at_most(left: &str, right: &str) -> bool {
    matches!((nanos(left), nanos(right)), (Some(left), Some(right)) if left <= right)
}

/// One text for all that mean the same amount; `None` where the text is not a quantity.
pub fn canonical_quantity(text: &str) -> Option<String> {
    nanos(text).map(|nanos| format!("{nanos}n"))
}

/// The amount in units of 10⁻⁹, the smallest that Kubernetes keeps; `None` where the text is not a quantity, or
/// outside of what 128 bits hold.
fn nanos(text: &str) -> Option<i128> {
    let digits_end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(digits_end)?;
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (base, exponent) = scale(suffix)?;
    let decimals = i32::try_from(fraction.len()).ok()?;
    let power = if base == 10 { exponent + 9 - decimals } else { 9 - decimals };
    let binary = if base == 2 { 1i128.checked_shl(u32::try_from(exponent).ok()?)? } else { 1 };
    let scaled = shift(mantissa.checked_mul(binary)?, power)?;
    Some(if negative { -scaled } else { scaled })
}

/// Multiplies by a power of ten; below the smallest unit the server rounds up.
fn shift(amount: i128, power: i32) -> Option<i128> {
    let factor = 10i128.checked_pow(power.unsigned_abs())?;
    if power >= 0 { amount.checked_mul(factor) } else { Some(amount / factor + i128::from(amount % factor != 0)) }
}

/// Base and exponent of a suffix.
fn scale(suffix: &str) -> Option<(u32, i32)> {
    Some(match suffix {
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "" => (10, 0),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (2, 10),
        "Mi" => (2, 20),
        "Gi" => (2, 30),
        "Ti" => (2, 40),
        "Pi" => (2, 50),
        "Ei" => (2, 60),
        _ => (10, suffix.strip_prefix(['e', 'E'])?.parse().ok().filter(|power: &i32| power.unsigned_abs() <= 30)?),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::same_quantity;

    #[rstest]
    #[case("1000m", "1")]
    #[case("0.5", "500m")]
    #[case("1Gi", "1024Mi")]
    #[case("1e3", "1k")]
    #[case("1.5G", "1500M")]
    #[case("+2", "2")]
    #[case("-1500m", "-1.5")]
    #[case("100u", "100000n")]
    fn equal_amounts_are_the_same_quantity(#[case] left: &str, #[case] right: &str) {
        assert!(same_quantity(left, right), "{left} = {right}");
    }

    #[rstest]
    #[case("1", "2")]
    #[case("1Gi", "1G")]
    #[case("", "")]
    #[case("m", "0")]
    #[case("main", "main")]
    #[case("1.2.3", "1.2.3")]
    #[case("1-2", "1-2")]
    #[case("é1", "é1")]
    #[case("99999999999999999999999999999999999999999", "1")]
    fn other_texts_are_not(#[case] left: &str, #[case] right: &str) {
        assert!(!same_quantity(left, right), "{left} ≠ {right}");
    }
}
