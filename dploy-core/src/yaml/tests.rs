//! What the reader makes of texts, and what it refuses.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn all(text: &str) -> Result<Vec<Value>, YamlError> {
    documents(text.as_bytes(), &Limits::default()).map(|node| node.map(|node| node.to_json().into_value())).collect()
}

fn one(text: &str) -> Result<Node, YamlError> {
    documents(text.as_bytes(), &Limits::default()).next().unwrap()
}

#[rstest]
#[case("a: 1\nb: [x, 'y', \"z\"]\n", json!({"a": 1, "b": ["x", "y", "z"]}))]
#[case("a: yes\nb: off\nc: 'no'\nd: On\n", json!({"a": true, "b": false, "c": "no", "d": true}))]
#[case("a: ~\nb:\nc: null\n", json!({"a": null, "b": null, "c": null}))]
#[case("a: 0x1f\nb: 017\nc: 1_000\nd: 1.5\ne: 3.0\nf: 1e3\n", json!({"a": 31, "b": 15, "c": 1000, "d": 1.5, "e": 3, "f": 1000}))]
#[case("a: 2026-01-02\nb: !!str 1\nc: !!int 7\n", json!({"a": "2026-01-02", "b": "1", "c": 7}))]
#[case("%TAG !e! tag:example.com,2026:\n---\na: !e!int 7\nb: !int 8\nc: ! 9\n", json!({"a": "7", "b": "8", "c": "9"}))]
#[case("1: a\nyes: b\n1.5: c\n", json!({"1": "a", "true": "b", "1.5": "c"}))]
#[case("a: &x {k: 1}\nb: *x\n", json!({"a": {"k": 1}, "b": {"k": 1}}))]
#[case("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n", json!({"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 3}}))]
#[case("b: {l: 3, <<: [{k: 1, m: 5}, {k: 9, o: 6}]}\n", json!({"b": {"k": 1, "l": 3, "m": 5, "o": 6}}))]
#[case("a: |\n  x\n  y\n", json!({"a": "x\ny\n"}))]
#[case("a: |\n  x\n  y", json!({"a": "x\ny"}))]
#[case("\u{feff}a: 1\r\nb: 2\r\n", json!({"a": 1, "b": 2}))]
#[case("{\"a\": [1, {\"b\": null}]}", json!({"a": [1, {"b": null}]}))]
#[case("hello", json!("hello"))]
fn a_document_is_what_kubernetes_reads(#[case] text: &str, #[case] expected: Value) {
    assert_eq!(all(text).unwrap(), [expected]);
}

#[rstest]
#[case("", &[])]
#[case("# only\n\n  # comments\n", &[])]
#[case("---\n---\na: 1\n", &[json!(null), json!({"a": 1})])]
#[case("a: 1\n---\n# nothing\n---\nb: 2\n...\n", &[json!({"a": 1}), json!(null), json!({"b": 2})])]
#[case("%YAML 1.2\n---\na: 1\n", &[json!({"a": 1})])]
fn empty_documents_are_null_and_empty_texts_have_none(#[case] text: &str, #[case] expected: &[Value]) {
    assert_eq!(all(text).unwrap(), expected);
}

#[test]
fn every_value_and_key_knows_its_place() {
    let node = one("# first\nkind: Service\nspec:\n  ports:\n    - port: 80\n      näme: x\n").unwrap();
    assert_eq!(node.at, Position { line: 2, column: 1 });
    let ports = node.get("spec").and_then(|spec| spec.get("ports")).unwrap();
    let Content::Map(entries) = &ports.items()[0].content else { panic!("{ports:?}") };
    assert_eq!(
        (entries[0].key_at, entries[0].value.at),
        (Position { line: 5, column: 7 }, Position { line: 5, column: 13 })
    );
    assert_eq!(
        (entries[1].key_at, entries[1].value.at),
        (Position { line: 6, column: 7 }, Position { line: 6, column: 13 })
    );
}

#[rstest]
#[case("a: 1\nb: 2\na: 3\n", 3, 1, "key \"a\" stands on line 1 already")]
#[case("yes: 1\ntrue: 3\n", 2, 1, "key \"true\" stands on line 1 already")]
#[case("a: b: c\n", 1, 5, "not allowed")]
#[case("a: [1\nb: 2\n", 2, 1, "")]
#[case("ok: 1\n---\n\tb: {\n", 3, 1, "unclosed")]
#[case("a: *b\n", 1, 4, "unknown anchor")]
#[case("a: &x [*x]\n", 1, 8, "inside of what it stands for")]
#[case("a: .inf\n", 1, 4, "no JSON form")]
#[case("a: !!int x\n", 1, 10, "cannot decode")]
#[case("? [a]\n: b\n", 1, 3, "keys are texts")]
#[case("~: b\n", 1, 1, "null")]
#[case("a: {<<: 3}\n", 1, 9, "takes a map")]
#[case("a: \u{0}\n", 1, 4, "")]
#[case("a: \"x\u{7}\"\n", 1, 1, "")]
fn what_cannot_be_read_names_its_place(
    #[case] text: &str,
    #[case] line: usize,
    #[case] column: usize,
    #[case] message: &str,
) {
    let error = all(text).unwrap_err();
    assert!(error.message.contains(message), "{error}");
    assert_eq!(error.at.line, line, "{error}");
    assert!(error.at.column >= column, "{error}");
    assert!(!error.message.is_empty() && error.to_string().starts_with(&format!("line {line}, column ")));
}

#[test]
fn bytes_that_are_no_text_name_their_place() {
    let error = documents(b"a: 1\nb: \xc3\xa4\xff\n", &Limits::default()).next().unwrap().unwrap_err();
    assert_eq!(error.at, Position { line: 2, column: 5 });
    let mut utf16 = documents(b"\xff\xfea\0:\0", &Limits::default());
    assert!(utf16.next().unwrap().is_err());
    assert!(utf16.next().is_none());
}

#[test]
fn nothing_follows_an_error() {
    let mut read = documents(b"a: 1\n---\nb: [\n---\nc: 1\n", &Limits::default());
    assert!(read.next().unwrap().is_ok());
    assert!(read.next().unwrap().is_err());
    assert!(read.next().is_none());
}

#[rstest]
#[case::depth_of_flow("[".repeat(100_000), "nested deeper than 64")]
#[case::depth_of_block((0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect(), "nested deeper than 64")]
#[case::depth_of_dashes("- ".repeat(300), "nested deeper than 64")]
#[case::nodes("- x\n".repeat(200_001), "more than 200000 values")]
#[case::documents("---\n".repeat(2_001), "more than 2000 documents")]
#[case::aliases(format!("a: &x 1\nb: [{}]\n", "*x,".repeat(101)), "more than 100 aliases")]
#[case::laughs(laughs(), "repeat more than 20000 values")]
#[case::long_texts(format!("a: &x {}\nb: [{}]\n", "y".repeat(1 << 20), "*x,".repeat(99)), "repeat more than 20000 values")]
#[case::long_keys(format!("a: &x {}\nb: [{}]\n", "y".repeat(1 << 20), "{*x : 1},".repeat(99)), "repeat more than 20000 values")]
#[case::in_all_documents(format!("a: &x [{}]\nb: [{}]\n---\n", "1,".repeat(500), "*x,".repeat(30)).repeat(2), "repeat more than 20000")]
#[case::depth_by_aliases(deepened(), "nested deeper than 64")]
fn w10_a_limit_ends_the_reading(#[case] text: String, #[case] message: &str) {
    let error = all(&text).unwrap_err();
    assert!(error.message.contains(message), "{error}");
}

/// Nine lists, each with nine times the one before.
fn laughs() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    text
}

/// Lists that hold one another by name.
fn deepened() -> String {
    let nest = |inner: &str| format!("{}{inner}{}", "[".repeat(40), "]".repeat(40));
    format!("a: &a {}\nb: {}\n", nest("1"), nest("*a"))
}

#[test]
fn what_aliases_repeat_is_counted() {
    let mut read = documents(b"a: &x [1, 2]\nb: *x\n---\nc: 1\n", &Limits::default());
    for document in read.by_ref() {
        document.unwrap();
    }
    assert_eq!(read.expanded(), 3);
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~äß\u{1f600}]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[ -~ä]{1,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_is_read_as_itself(value in arbitrary_json()) {
        prop_assert_eq!(all(&serde_json::to_string_pretty(&value).unwrap()).unwrap(), [value]);
    }

    #[test]
    fn any_bytes_end_in_documents_or_one_error_with_a_place(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
        let results: Vec<_> = documents(&bytes, &Limits::default()).collect();
        for (index, result) in results.iter().enumerate() {
            if let Err(error) = result {
                prop_assert_eq!(index + 1, results.len());
                prop_assert!((1..=lines + 1).contains(&error.at.line) && error.at.column >= 1);
            }
        }
    }

    #[test]
    fn any_yaml_like_text_is_read_without_a_panic(text in "[-:?#&*!|>'\"%@`{}\\[\\], \n\ta-c0-1<.]{0,80}") {
        let _ = all(&text);
    }
}
