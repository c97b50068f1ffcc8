//! What sort of character it is.

use std::sync::LazyLock;

use super::mapping::range;

/// Groups of general categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Category {
    /// Lu
    Upper,
    /// Ll
    Lower,
    /// Lt
    Title,
    /// Lm, Lo
    Letter,
    /// M
    Mark,
    /// Nd
    Digit,
    /// Nl, No
    Number,
    /// P
    Punctuation,
    /// S
    Symbol,
    /// Z, C and what is not assigned
    Other,
}

/// Ranges of characters of one category, ascending.
static RANGES: LazyLock<Vec<(u32, u32, Category)>> = LazyLock::new(|| {
    let mut all: Vec<_> = include_str!("categories.txt").lines().flat_map(ranges).collect();
    all.sort_unstable_by_key(|(first, ..)| *first);
    all
});

/// The ranges in a line of the table, which begins with the category's name.
fn ranges(line: &str) -> impl Iterator<Item = (u32, u32, Category)> {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let category = match name {
        "upper" => Category::Upper,
        "lower" => Category::Lower,
        "title" => Category::Title,
        "letter" => Category::Letter,
        "mark" => Category::Mark,
        "digit" => Category::Digit,
        "number" => Category::Number,
        "punctuation" => Category::Punctuation,
        "symbol" => Category::Symbol,
        _ => Category::Other,
    };
    rest.split(' ').flat_map(move |notation| {
        let (whole, every_second) = notation.strip_suffix("*2").map_or((notation, false), |whole| (whole, true));
        let (first, last) = range(whole);
        let (step, length) = if every_second { (2, 0) } else { (1 + last - first, last - first) };
        let starts = (first..=last).step_by(usize::try_from(step).unwrap_or(usize::MAX));
        starts.map(move |start| (start, start + length, category))
    })
}

/// The categories of the characters that take up to two bytes.
static COMMON: LazyLock<Vec<Category>> = LazyLock::new(|| (0..0x800).map(searched).collect());

fn category(c: char) -> Category {
    match c {
        'a'..='z' => return Category::Lower,
        'A'..='Z' => return Category::Upper,
        '0'..='9' => return Category::Digit,
        '\0'..=' ' => return Category::Other,
        _ => {}
    }
    let code = u32::from(c);
    let common = usize::try_from(code).ok().and_then(|code| COMMON.get(code));
    common.copied().unwrap_or_else(|| searched(code))
}

fn searched(code: u32) -> Category {
    let after = RANGES.partition_point(|(first, ..)| *first <= code);
    let found = after.checked_sub(1).and_then(|at| RANGES.get(at));
    found.filter(|(_, last, _)| code <= *last).map_or(Category::Other, |(.., category)| *category)
}

/// `unicode.IsUpper`
pub(crate) fn is_upper(c: char) -> bool {
    category(c) == Category::Upper
}

/// `unicode.IsLower`
pub(crate) fn is_lower(c: char) -> bool {
    category(c) == Category::Lower
}

/// `unicode.IsTitle`
pub(crate) fn is_title(c: char) -> bool {
    category(c) == Category::Title
}

/// `unicode.IsLetter`
pub(crate) fn is_letter(c: char) -> bool {
    matches!(category(c), Category::Upper | Category::Lower | Category::Title | Category::Letter)
}

/// `unicode.IsDigit`
pub(crate) fn is_digit(c: char) -> bool {
    category(c) == Category::Digit
}

/// `unicode.IsNumber`
pub(crate) fn is_number(c: char) -> bool {
    matches!(category(c), Category::Digit | Category::Number)
}

/// `unicode.IsPunct`
pub(crate) fn is_punctuation(c: char) -> bool {
    category(c) == Category::Punctuation
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the
/// ASCII space.
pub(crate) fn is_print(c: char) -> bool {
    if c.is_ascii() { matches!(c, ' '..='~') } else { category(c) != Category::Other }
}
