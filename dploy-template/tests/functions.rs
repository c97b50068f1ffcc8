//! What Go's answers cannot show: marks, randomness, zones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
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
        ("version", Value::marked_string("v1.2.3-rc.1+b", &source)),
        ("zone", Value::marked_string("GMT+3", &source)),
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
        "slice .l 0 1",
        "list .v",
        "append .l 1",
        "append (list 1) .v",
        "prepend (list 1) .v",
        "first .l",
        "last (reverse .l)",
        "rest (list 1 .v)",
        "initial .l",
        "reverse .l",
        "uniq .l",
        "without .l \"b\"",
        "concat (list 1) .l",
        "chunk 1 .l",
        "compact .l",
        "keys (dict .v 1)",
        "keys (pick (dict \"va lue\" 1) .v)",
        "values .m",
        "pluck \"k\" .m",
        "pick .m \"k\"",
        "omit .m \"z\"",
        "omit (dict .v 1) \"z\"",
        "get .m \"k\"",
        "set (dict) \"a\" .v",
        "set (dict) .v 1",
        "unset .m \"z\"",
        "merge (dict) .m",
        "merge .m (dict \"k\" 1)",
        "merge (dict) (dict .v 1)",
        "mergeOverwrite (dict \"k\" 1) .m",
        "deepCopy .m",
        "deepCopy .l",
        "deepCopy .v",
        "dig \"m\" \"k\" 1 .",
        "dig \"zz\" .v .m",
        "default .v nil",
        "coalesce nil .v",
        "ternary 1 .v false",
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
        "dict \"a\" .v",
        "dict .v 1",
        "b64enc .v",
        "sha256sum .v",
        "sha1sum .v",
        "sha512sum .v",
        "adler32sum .v",
        "b64dec (b64enc .v)",
        "b64dec .v",
        "b32enc .v",
        "b32dec .v",
        "toPrettyJson .m",
        "toRawJson .l",
        "mustToJson .v",
        "mustToPrettyJson .v",
        "mustToRawJson .v",
        "(mustFromJson (toJson .m)).k",
        "urlParse .v",
        "urlJoin (dict \"host\" .v)",
        "urlJoin (dict \"userinfo\" \"u\" \"path\" .v)",
        "base .v",
        "dir .v",
        "clean .v",
        "ext .v",
        "osBase .v",
        "osDir .v",
        "osClean .v",
        "osExt .v",
        "regexFind \"a\" .v",
        "regexFind .v \"va lue\"",
        "mustRegexFind \"x\" .v",
        "regexFindAll \"a\" .v -1",
        "index (mustRegexFindAll \".\" .v 2) 1",
        "regexReplaceAll \"a\" .v \"b\"",
        "regexReplaceAll \"a\" \"a\" .v",
        "mustRegexReplaceAll .v \"a\" \"b\"",
        "regexReplaceAllLiteral \"a\" \"b\" .v",
        "mustRegexReplaceAllLiteral \"l\" .v \"\"",
        "regexSplit \" \" .v -1",
        "index (mustRegexSplit \" \" .v -1) 0",
        "regexQuoteMeta .v",
        "date .v 0",
        "dateInZone .v 0 .zone",
        "dateInZone \"2006\" 0 .zone",
        "htmlDateInZone 0 .zone",
        "now.Format .v",
        "duration .v",
        "durationRound .v",
        "toDate \"MST\" .zone",
        "(toDate \"MST\" .zone).Location",
        "(toDate \"MST\" .zone).Location.String",
        "(toDate \"MST\" .zone).String",
        "(toDate \"MST\" .zone).GoString",
        "((toDate \"MST\" .zone).AddDate 1 2 3).Format \"MST\"",
        "now.In (toDate \"MST\" .zone).Location",
        "toJson (list (toDate \"MST\" .zone))",
        "printf \"%v\" (toDate \"MST\" .zone)",
        "printf \"%#v\" (toDate \"MST\" .zone)",
        "date \"MST\" (mustToDate \"MST\" .zone)",
        "semver .version",
        "printf \"%v\" (semver .version)",
        "printf \"%#v\" (semver .version)",
        "printf \"%d\" (semver .version)",
        "toJson (semver .version)",
        "toYaml (list (semver .version))",
        "(semver .version).String",
        "(semver .version).Value",
        "(semver .version).Original",
        "(semver .version).Prerelease",
        "(semver .version).Metadata",
        "(semver .version).IncMajor",
        "(semver .version).IncMinor",
        "(semver .version).IncPatch",
        "(semver .version).IncPatch.IncPatch.String",
        "(semver .version).SetMetadata \"x\"",
        "(semver \"1.0.0\").SetPrerelease (semver .version).Prerelease",
        "toJson .v | upper",
        "toYaml .m | indent 2 | trim",
        "toJson .l | trunc 4",
        "abbrev 4 .v",
        "abbrev 99 .v",
        "abbrevboth 1 8 .v",
        "trimAll \"v\" .v",
        "trimAll .v .plain",
        "trimall \"v\" .v",
        "trimSuffix \"lue\" .v",
        "trimSuffix .v .plain",
        "trimPrefix \"va\" .v",
        "trimPrefix .v .plain",
        "title .v",
        "untitle .v",
        "swapcase .v",
        "substr 0 2 .v",
        "repeat 2 .v",
        "nospace .v",
        "initials .v",
        "shuffle .v",
        "snakecase .v",
        "camelcase .v",
        "kebabcase .v",
        "wrap 2 .v",
        "wrap 99 .v",
        "wrapWith 2 \"|\" .v",
        "wrapWith 2 .v \"plain text\"",
        "cat .v",
        "cat 1 .v",
        "cat .l",
        "replace \"q\" .v \"q\"",
        "plural .v \"b\" 1",
        "plural \"a\" .v 2",
        "toString .v",
        "toString .l",
        "toString .m",
        "toStrings .l",
        "toStrings .v",
        "index (toStrings .l) 0",
        "index (sortAlpha .l) 0",
        "sortAlpha .v",
        "sortAlpha .m",
        "(split \" \" .v)._1",
        "(splitn \" \" 1 .v)._0",
        "(split .v .plain)._0",
        "join \",\" .m",
        "toJson .v | nospace",
        "toYaml .l | cat 1 | trimSuffix \"b\"",
        "substr -1 3 .v",
        "substr 1 -1 .v"
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
        "has .v .l",
        "typeOf .v",
        "kindOf .v",
        "typeIs \"string\" .v",
        "deepEqual .v .v",
        "all .v",
        "any .v",
        "empty .v",
        "until 3",
        "untilStep 0 6 3",
        "first (list 1 .v)",
        "get (dict \"a\" 1 \"b\" .v) \"a\"",
        "uuidv4",
        "int .version",
        "float64 .v",
        "addf .v 1",
        "seq 3",
        "(semver .version).Major",
        "semverCompare \"*\" .version",
        "now.Month",
        "now.Location",
        "unixEpoch now",
        "randAlphaNum 5",
        "randBytes 5",
        "shuffle .plain",
        "hello",
        "trimAll \"p\" .plain",
        "join \",\" (toStrings (list 1 .plain))",
        "plural .plain .v 1",
        "index (sortAlpha .l) 1",
        "hasPrefix .v .v",
        "hasSuffix \"a\" .v",
        "now",
        "regexMatch \"a\" .v",
        "regexFind \"a\" .plain",
        "isAbs .v",
        "mustRegexMatch .v \"a\"",
        "toJson 1"
    )]
    expression: &str,
) {
    assert!(!text(&format!("{{{{ {expression} }}}}"), &RenderOptions::default()).is_marked());
}

#[test]
fn s60_d06_no_template_reads_the_machine_it_is_rendered_on() {
    for asks in ["env \"HOME\"", "expandenv \"$HOME\"", "getHostByName \"localhost\""] {
        let template = Template::parse("t", &format!("{{{{ {asks} }}}}"), &ParseOptions::default()).unwrap();
        let error = template.render(&data(), &RenderOptions::default()).unwrap_err();
        assert!(error.message().contains("templates read nothing of the machine they run on"), "{asks}: {error}");
    }
    for unknown in ["readFile", "include", "tpl", "httpGet"] {
        let text = format!("{{{{ {unknown} \"x\" }}}}");
        let read = Template::parse("t", &text, &ParseOptions::default());
        assert!(read.and_then(|template| template.render(&data(), &RenderOptions::default())).is_err(), "{unknown}");
    }
}

#[test]
fn random_integers_need_a_range() {
    for range in ["1 1", "2 1", "-9223372036854775808 9223372036854775807"] {
        let template = Template::parse("t", &format!("{{{{ randInt {range} }}}}"), &ParseOptions::default()).unwrap();
        assert!(template.render(&data(), &RenderOptions::default()).is_err());
    }
}

#[test]
fn bytes_are_not_made_of_what_a_user_supplied() {
    for expression in ["now.AppendFormat nil .v", "(semver .version).MarshalText", "(semver .version).MarshalJSON"] {
        let template = Template::parse("t", &format!("{{{{ {expression} }}}}"), &ParseOptions::default()).unwrap();
        let error = template.render(&data(), &RenderOptions::default()).unwrap_err();
        assert!(error.message().contains("a user supplied"), "{error}");
    }
}

#[test]
fn times_reach_beyond_the_calendar_of_the_time_zones() {
    let options = RenderOptions::default().zone(TimeZone::get("Europe/Berlin").unwrap());
    let rendered = |template| text(template, &options).to_string_lossy().into_owned();
    assert_eq!(rendered("{{ date \"2006-01-02 15:04 MST\" 300000000000 }}"), "11476-08-15 07:20 CEST");
    assert_eq!(rendered("{{ date \"2006-01-02 15:04\" -400000000000 }}"), "-10706-07-03 09:46");
    assert_eq!(rendered("{{ (toDate \"x\" \"y\").IsZero }}"), "true");
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

#[test]
fn random_text_uses_its_whole_alphabet() {
    for (function, size) in [("randAlphaNum", 62), ("randAlpha", 52), ("randNumeric", 10), ("randAscii", 95)] {
        let drawn = text(&format!("{{{{ {function} 20000 }}}}"), &RenderOptions::default());
        let mut counts = [0; 256];
        drawn.as_bytes().iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        let present: Vec<i32> = counts.into_iter().filter(|count| *count > 0).collect();
        assert_eq!(present.len(), size, "{function}");
        // Five standard deviations around the mean.
        let mean = 20000.0 / size as f64;
        assert!(
            present.iter().all(|count| (f64::from(*count) - mean).abs() < 5.0 * mean.sqrt()),
            "{function}: {present:?}"
        );
    }
}

#[test]
fn a_shuffle_can_give_every_order() {
    let drawn = text("{{ range 200 }}{{ shuffle \"abc\" }} {{ end }}", &RenderOptions::default());
    let drawn = drawn.to_string_lossy().into_owned();
    let orders: HashSet<&str> = drawn.split_whitespace().collect();
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn what_keeps_places_keeps_them() {
    let marked = |template: &str| {
        let text = text(template, &RenderOptions::default());
        let debug = format!("{text:?}");
        (text.to_string_lossy().into_owned(), debug.ends_with("(marked)"))
    };
    assert_eq!(marked("{{ trimPrefix \"va\" (print .v .plain) | trimSuffix \"plain\" }}"), (" lue".to_owned(), true));
    // What is cut to nothing still has its place, which a tree may need.
    assert_eq!(marked("{{ trimPrefix \"va lue\" (print .v .plain) }}"), ("plain".to_owned(), true));
    assert_eq!(marked("{{ trimAll \"xvalue \" (print .v .plain) }}"), ("plain".to_owned(), true));
    assert_eq!(marked("{{ trimPrefix \"p\" .plain }}"), ("lain".to_owned(), false));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_has_the_length_and_alphabet_asked_for(seed in any::<[u8; 32]>(), count in 0_usize..200) {
        let options = RenderOptions { seed, ..RenderOptions::default() };
        let alphabets = [
            ("randAlphaNum", u8::is_ascii_alphanumeric as fn(&u8) -> bool),
            ("randAlpha", u8::is_ascii_alphabetic),
            ("randNumeric", u8::is_ascii_digit),
            ("randAscii", |byte| (b' '..=b'~').contains(byte)),
        ];
        for (function, belongs) in alphabets {
            let text = text(&format!("{{{{ {function} {count} }}}}"), &options);
            prop_assert_eq!(text.len(), count);
            prop_assert!(text.as_bytes().iter().all(belongs));
        }
    }

    #[test]
    fn random_bytes_are_base64(seed in any::<[u8; 32]>(), count in 0_usize..200) {
        let options = RenderOptions { seed, ..RenderOptions::default() };
        let text = text(&format!("{{{{ randBytes {count} }}}}"), &options);
        prop_assert_eq!(STANDARD.decode(text.as_bytes()).unwrap().len(), count);
    }

    #[test]
    fn shuffling_keeps_the_characters(seed in any::<[u8; 32]>(), word in "\\PC{0,40}") {
        let data = Value::map([("w", Value::from(word.as_str()))]);
        let options = RenderOptions { seed, ..RenderOptions::default() };
        let template = Template::parse("t", "{{ shuffle .w }}", &ParseOptions::default()).unwrap();
        let mut shuffled: Vec<char> = template.render(&data, &options).unwrap().chars().collect();
        let mut characters: Vec<char> = word.chars().collect();
        shuffled.sort_unstable();
        characters.sort_unstable();
        prop_assert_eq!(shuffled, characters);
    }

    #[test]
    fn random_integers_lie_in_their_range(seed in any::<[u8; 32]>(), least in any::<i32>(), span in 1..i64::from(i32::MAX)) {
        let options = RenderOptions { seed, ..RenderOptions::default() };
        let (least, beyond) = (i64::from(least), i64::from(least) + span);
        let text = text(&format!("{{{{ randInt {least} {beyond} }}}}"), &options).to_string_lossy().into_owned();
        prop_assert!(text.parse::<i64>().is_ok_and(|drawn| (least..beyond).contains(&drawn)), "{}", text);
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
