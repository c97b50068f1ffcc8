//! No regular expression and no text takes more time, memory or stack than
//! its budget.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::{Duration, Instant};

use dploy_template::{Error, ErrorKind, ParseOptions, RenderOptions, Template, Value};
use rstest::rstest;

/// Renders with the pattern as `.p` and the text as `.t`, on a small stack.
fn render(template: &'static str, pattern: String, text: String) -> Result<String, Error> {
    let run = move || {
        let data = Value::map([("p", Value::from(pattern)), ("t", Value::from(text))]);
        Template::parse("t", template, &ParseOptions::default())?.render(&data, &RenderOptions::default())
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap()
}

fn nested(open: &str, count: usize, close: &str) -> String {
    format!("{}a{}", open.repeat(count), close.repeat(count))
}

/// Letters a and b without a pattern.
fn noise(count: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if state >> 63 == 0 { 'a' } else { 'b' }
    };
    (0..count).map(|_| next()).collect()
}

const FIND: &str = "{{ len (regexFindAll .p .t -1) }}";
const GROUPS: &str = "{{ len (regexReplaceAll .p .t \"<$1>\") }}";

#[rstest]
#[case::open_groups(FIND, "(".repeat(100_000), "a".to_owned())]
#[case::nested_groups(FIND, nested("(", 100_000, ")"), "a".to_owned())]
#[case::nested_stars(FIND, nested("(?:", 50_000, "*b)"), "a".to_owned())]
#[case::nested_alternatives(FIND, nested("(b|", 50_000, ")"), "a".to_owned())]
#[case::counts(FIND, r"(\pL{40}){25}".to_owned(), "a".to_owned())]
#[case::counted_classes(FIND, r"[\pL\pN]{1000}".to_owned(), "a".to_owned())]
#[case::many_classes(FIND, r"\pL".repeat(50_000), "a".to_owned())]
#[case::many_in_brackets(FIND, format!("[{}]", r"\pL\PN".repeat(50_000)), "a".to_owned())]
#[case::many_folds(FIND, format!("(?i){}", r"[\x00-\x{10FFFF}]".repeat(30_000)), "a".to_owned())]
#[case::many_letters(FIND, format!("(?i){}", "é".repeat(300_000)), "é".to_owned())]
#[case::a_long_literal(FIND, "ab".repeat(400_000), "ab".repeat(400_000))]
#[case::many_alternatives(FIND, "ab|".repeat(200_000), "ab".to_owned())]
#[case::rescanning(FIND, ".*[^A-Z]|[A-Z]".to_owned(), "A".repeat(300_000))]
#[case::many_states(FIND, "[ab]*a[ab]{300}c".to_owned(), noise(400_000))]
#[case::large_replacements("{{ regexReplaceAll \"\" .t .p }}", "b".repeat(1000), "a".repeat(100_000))]
#[case::many_references("{{ regexReplaceAll \"(a)(b)?\" .t .p }}", "$2".repeat(10_000), "a".repeat(10_000))]
#[case::many_names(
    "{{ regexReplaceAll (repeat 3000 \"(?P<n>a?)\") .t .p }}", "$x".repeat(10_000), "b".repeat(10_000)
)]
#[case::many_groups(GROUPS, "(a?)".repeat(5_000), "b".repeat(10_000))]
#[case::several_groups(GROUPS, "(a?)".repeat(300), "b".repeat(100_000))]
#[case::many_expressions(
    "{{ range $n := 100000 }}{{ regexMatch (printf \"%s%d\" $.p $n) $.t }}{{ end }}", r"[\pL]+".to_owned(), "a".to_owned()
)]
fn what_is_too_much_is_a_quick_error(#[case] template: &'static str, #[case] pattern: String, #[case] text: String) {
    let start = Instant::now();
    let error = render(template, pattern, text).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit | ErrorKind::Execute), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[rstest]
#[case::backtracking(FIND, "(x+x+)+y".to_owned(), "x".repeat(100_000), "0")]
#[case::empty_repeats(FIND, "(a?){500}a{500}".to_owned(), "a".repeat(500), "1")]
#[case::groups(GROUPS, nested("(", 95, ")"), "a".to_owned(), "3")]
#[case::stars(GROUPS, nested("(", 47, ")*"), "a".to_owned(), "3")]
#[case::empty_matches(FIND, String::new(), "a".repeat(20_000), "20001")]
#[case::words(FIND, r"\w+".to_owned(), "word ".repeat(10_000), "10000")]
#[case::a_loop("{{ range 2000 }}{{ if not (regexMatch $.p $.t) }}no{{ end }}{{ end }}", r"^\pL+$".to_owned(), "é".to_owned(), "")]
fn what_is_linear_is_within_the_budget(
    #[case] template: &'static str,
    #[case] pattern: String,
    #[case] text: String,
    #[case] expected: &str,
) {
    assert_eq!(render(template, pattern, text).unwrap(), expected);
}
