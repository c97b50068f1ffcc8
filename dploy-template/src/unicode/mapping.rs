//! Upper, lower and title case, one character for one.

use std::sync::LazyLock;

/// Characters that have another case.
struct Cased {
    first: u32,
    last: u32,
    change: Change,
}

enum Change {
    /// What is added for upper, lower and title case
    Add([i32; 3]),
    /// An upper case letter, its lower case letter, the next upper case letter …
    Alternate,
}

/// Ascending.
static TABLE: LazyLock<Vec<Cased>> = LazyLock::new(|| include_str!("cases.txt").lines().map(cased).collect());

fn cased(line: &str) -> Cased {
    let (place, change) = line.split_once(' ').unwrap_or((line, ""));
    let (first, last) = range(place);
    if change == "alternating" {
        return Cased { first, last, change: Change::Alternate };
    }
    let mut numbers = change.split(' ').map(|number| number.parse().unwrap_or_default());
    let sums = [(); 3].map(|()| numbers.next().unwrap_or_default());
    Cased { first, last, change: Change::Add(sums) }
}

/// The characters that `first-last`, or one number, stands for.
pub(super) fn range(notation: &str) -> (u32, u32) {
    let (first, last) = notation.split_once('-').unwrap_or((notation, notation));
    let number = |digits| u32::from_str_radix(digits, 16).unwrap_or_default();
    (number(first), number(last))
}

#[derive(Clone, Copy)]
enum Case {
    Upper,
    Lower,
    Title,
}

fn to(case: Case, c: char) -> char {
    let code = u32::from(c);
    let after = TABLE.partition_point(|cased| cased.first <= code);
    let found = after.checked_sub(1).and_then(|at| TABLE.get(at)).filter(|cased| code <= cased.last);
    let mapped = found.and_then(|cased| match (&cased.change, case) {
        (Change::Add([upper, ..]), Case::Upper) => code.checked_add_signed(*upper),
        (Change::Add([_, lower, _]), Case::Lower) => code.checked_add_signed(*lower),
        (Change::Add([.., title]), Case::Title) => code.checked_add_signed(*title),
        (Change::Alternate, Case::Upper | Case::Title) => Some(code - (code - cased.first) % 2),
        (Change::Alternate, Case::Lower) => Some(code + 1 - (code - cased.first) % 2),
    });
    mapped.and_then(char::from_u32).unwrap_or(c)
}

/// `unicode.ToUpper`
pub(crate) fn to_upper(c: char) -> char {
    if c.is_ascii() { c.to_ascii_uppercase() } else { to(Case::Upper, c) }
}

/// `unicode.ToLower`
pub(crate) fn to_lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { to(Case::Lower, c) }
}

/// `unicode.ToTitle`
pub(crate) fn to_title(c: char) -> char {
    if c.is_ascii() { c.to_ascii_uppercase() } else { to(Case::Title, c) }
}
