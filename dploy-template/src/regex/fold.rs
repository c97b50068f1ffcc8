//! Which characters differ only in case, by Unicode 15.0.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::unicode::Tables;

/// Characters that have counterparts only since Unicode 15.1 or 16.
const LATER: [char; 10] = [
    '\u{19b}', '\u{264}', '\u{390}', '\u{3b0}', '\u{1fd3}', '\u{1fe3}', '\u{a7cb}', '\u{a7dc}', '\u{fb05}', '\u{fb06}',
];

/// These characters and those that differ from one of them only in case.
pub(super) fn folded(tables: &Tables, ranges: impl Iterator<Item = (char, char)>) -> ClassUnicode {
    let given = ClassUnicode::new(ranges.map(|(low, high)| ClassUnicodeRange::new(low, high)));
    fold_class(tables, &given)
}

pub(super) fn fold_class(tables: &Tables, given: &ClassUnicode) -> ClassUnicode {
    let later = ClassUnicode::new(LATER.map(|c| ClassUnicodeRange::new(c, c)));
    let mut class = given.clone();
    class.difference(&later);
    // Fails only without the tables, which are always there.
    let _ = class.try_case_fold_simple();
    class.intersect(tables.assigned());
    class.union(given);
    class
}
