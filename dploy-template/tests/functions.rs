//! What Go's answers cannot show: marks, randomness, zones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use dploy_template::{ParseOptions, RenderOptions, Source, Template, Text, Value};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rstest::rstest;

fn data() -> Value {
    let source = Source::new("params.v");
    Value::map([
        ("v", Value::marked_string("va lue", &source)),
        ("plain", Value::from("plain")),
        ("l", Value::list([Value::marked_string("a", &source), Value::from("b")])),
        ("m", Value::map([("k", Value::marked_string("x", &source))])),
    ])
}

fn text(template: &str, options: &RenderOptions) -> Text {
    Template::parse("t", template, &ParseOptions::default()).unwrap().render_text(&data(), options).unwrap()
}

#[rstest]
fn no_function_drops_a_mark(
    #[values(
        "print .v",
        "println .v",
        "printf \"%s\" .v",
        "printf \"%v\" .v",
        "printf \"%q\" .v",
        "printf \"%x\" .v",
        "printf \"%d\" .v",
        "printf \"%10.3s|\" .v",
        "printf .v 1",
        "printf \"%v\" .l",
        "printf \"%#v\" .m",
        "print .m",
        "html .v",
        "js .v",
        "urlquery .v",
        "slice .v 1 3",
        "index .m \"k\"",
        "index .l 0",
        "and 1 .v",
        "or 0 .v",
        "quote .v",
        "squote .v",
        "quote 1 .l",
        "default \"d\" .v",
        "default .v \"\"",
        "coalesce \"\" .v",
        "ternary .v 1 true",
        "toJson .v",
        "toJson .m",
        "toYaml .v",
        "toYaml .l",
        "fromJson (toJson .m)",
        "(fromJson (toJson .m)).k",
        "indent 2 .v",
        "nindent 2 .v",
        "trunc 3 .v",
        "trunc 99 .v",
        "trim .v",
        "lower .v",
        "upper .v",
        "replace \"a\" \"b\" .v",
        "replace \"p\" .v .plain",
        "replace .v \"x\" .plain",
        "splitList \" \" .v",
        "index (splitList \" \" .v) 1",
        "splitList .v .plain",
        "join \",\" .l",
        "join .v (list 1 2)",
        "get .m \"k\"",
        "dict \"a\" .v",
        "dict .v 1",
        "list .v",
        "b64enc .v",
        "sha256sum .v",
        "date .v 0",
        "toJson .v | upper",
        "toYaml .m | indent 2 | trim",
        "toJson .l | trunc 4"
    )]
    expression: &str,
) {
    assert!(text(&format!("{{{{ {expression} }}}}"), &RenderOptions::default()).is_marked());
}

#[rstest]
fn nothing_is_marked_that_no_user_supplied(
    #[values(
        "print .plain",
        "len .v",
        "eq .v \"x\"",
        "contains \"a\" .v",
        "int .v",
        "hasKey .m \"k\"",
        "uuidv4",
        "randAlphaNum 5",
        "now",
        "toJson 1"
    )]
    expression: &str,
) {
    assert!(!text(&format!("{{{{ {expression} }}}}"), &RenderOptions::default()).is_marked());
}

#[test]
fn dates_are_in_the_local_zone() {
    let options = RenderOptions::new("2026-07-01T22:30:00Z".parse().unwrap(), [0; 32])
        .zone(TimeZone::get("Europe/Berlin").unwrap());
    let rendered = |template| text(template, &options).to_string_lossy().into_owned();
    assert_eq!(rendered("{{ now }}"), "2026-07-02 00:30:00 +0200 CEST");
    assert_eq!(rendered("{{ date \"2006-01-02 15:04 MST -07:00\" now }}"), "2026-07-02 00:30 CEST +02:00");
    assert_eq!(rendered("{{ date \"2006-01-02\" 0 }}"), "1970-01-01");
    assert_eq!(rendered("{{ now.UTC.Format \"15:04 MST\" }}"), "22:30 UTC");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_has_the_length_and_alphabet_asked_for(seed in any::<[u8; 32]>(), count in 0_usize..200) {
        let options = RenderOptions { seed, ..RenderOptions::default() };
        let text = text(&format!("{{{{ randAlphaNum {count} }}}}"), &options);
        let text = text.to_string_lossy();
        prop_assert_eq!(text.len(), count);
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()));
        prop_assert!(count == 0 || text.bytes().any(|b| b.is_ascii_digit()));
    }

    #[test]
    fn uuids_are_version_4(seed in any::<[u8; 32]>()) {
        let text = text("{{ uuidv4 }}", &RenderOptions { seed, ..RenderOptions::default() });
        let text = text.to_string_lossy();
        let groups: Vec<&str> = text.split('-').collect();
        prop_assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        prop_assert!(text.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        prop_assert!(groups[2].starts_with('4') && groups[3].starts_with(['8', '9', 'a', 'b']));
    }
}
