//! YAML in one form, which readers of YAML 1.1 and 1.2 take for the same data.
//!
//! Kubernetes and Helm read YAML 1.1, where `yes`, `1_000`, `12:30` and `2026-01-01` are no texts. So a text stands
//! without quotes only where no version of YAML reads it as anything else.

use std::fmt::Write as _;

use serde_json::Value;

use crate::json::Json;

/// The keys that come first where they occur, in this order; all others follow in the order of their bytes.
const FIRST: [&str; 4] = ["apiVersion", "kind", "metadata", "name"];

/// A value to write, whose keys stand in the order in which they are to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as JSON writes it.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// Keys with their values.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The value with its keys in the order usual for Kubernetes: `apiVersion`, `kind`, `metadata`, `name`, then by the
    /// alphabet.
    fn ordered(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::ordered).collect()),
            Value::Object(map) => {
                let rank = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
                let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), Self::ordered(value))).collect();
                entries.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
                Self::Map(entries)
            }
        }
    }
}

/// A value as one document that ends with a line break: equal values give equal bytes, whatever the order of their keys.
///
/// Keys stand in the order usual for Kubernetes: `apiVersion`, `kind`, `metadata`, `name`, then by the alphabet.
#[must_use]
pub fn to_text(value: &Json) -> String {
    write(&Tree::ordered(value.as_value()))
}

/// A tree as one document that ends with a line break.
#[must_use]
pub fn write(tree: &Tree) -> String {
    let mut out = String::new();
    node(&mut out, tree, 0);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Writes a node whose first line begins at column `indent`, where `out` stands already.
fn node(out: &mut String, value: &Tree, indent: usize) {
    match value {
        Tree::Map(entries) if !entries.is_empty() => {
            for (at, (key, value)) in entries.iter().enumerate() {
                pad(out, if at == 0 { 0 } else { indent });
                text(out, key, None);
                out.push(':');
                match value {
                    Tree::List(items) if !items.is_empty() => below(out, value, indent),
                    Tree::Map(entries) if !entries.is_empty() => below(out, value, indent + 2),
                    _ => leaf(out, value, indent + 2),
                }
            }
        }
        Tree::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                pad(out, if at == 0 { 0 } else { indent });
                out.push('-');
                match item {
                    Tree::List(_) | Tree::Map(_) => {
                        out.push(' ');
                        node(out, item, indent + 2);
                    }
                    _ => leaf(out, item, indent + 2),
                }
            }
        }
        _ => {
            scalar(out, value, None);
            out.push('\n');
        }
    }
}

fn below(out: &mut String, value: &Tree, indent: usize) {
    out.push('\n');
    pad(out, indent);
    node(out, value, indent);
}

fn leaf(out: &mut String, value: &Tree, indent: usize) {
    out.push(' ');
    scalar(out, value, Some(indent));
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Writes a scalar or an empty collection; a text of several lines as a block where `block` gives its indentation.
fn scalar(out: &mut String, value: &Tree, block: Option<usize>) {
    match value {
        Tree::Null => out.push_str("null"),
        Tree::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Tree::Number(number) => out.push_str(&number_text(number)),
        Tree::List(_) => out.push_str("[]"),
        Tree::Map(_) => out.push_str("{}"),
        Tree::Text(value) => text(out, value, block),
    }
}

/// YAML 1.1 takes an exponent without a point or without a sign for a text.
fn number_text(number: &str) -> String {
    let Some((digits, exponent)) = number.split_once(['e', 'E']) else { return number.to_owned() };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

fn text(out: &mut String, text: &str, block: Option<usize>) {
    match block {
        Some(indent) if is_block(text) => literal(out, text, indent),
        _ if is_plain(text) => out.push_str(text),
        _ => quoted(out, text),
    }
}

/// Whether no version of YAML takes the unquoted text for anything but itself.
fn is_plain(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let inner = |c: char| c.is_ascii_alphanumeric() || "_-./@+=:$ ".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(inner)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a literal block holds the text unchanged: several lines, nothing that must be escaped, no indentation at
/// the beginning that would be taken for the block's own.
fn is_block(text: &str) -> bool {
    text.contains('\n') && !text.starts_with([' ', '\t', '\n']) && text.chars().all(|c| c == '\n' || is_printable(c))
}

fn literal(out: &mut String, text: &str, indent: usize) {
    out.push_str(match (text.ends_with('\n'), text.ends_with("\n\n")) {
        (false, _) => "|-",
        (true, false) => "|",
        (true, true) => "|+",
    });
    out.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        pad(out, if line.is_empty() { 0 } else { indent });
        out.push_str(line);
        out.push('\n');
    }
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            // Writing to a string cannot fail.
            c => drop(write!(out, "\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}

/// Whether YAML lets the character stand for itself within a line (YAML 1.2.2 §5.1), the byte order mark aside.
fn is_printable(c: char) -> bool {
    let special = matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    c == '\t' || (!c.is_control() && !special)
}

fn pad(out: &mut String, width: usize) {
    out.extend(std::iter::repeat_n(' ', width));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::yaml::{Limits, documents};

    fn text_of(value: Value) -> String {
        to_text(&Json::from(value))
    }

    fn read(text: &str) -> Value {
        documents(text.as_bytes(), &Limits::default()).next().unwrap().unwrap().to_json().into_value()
    }

    #[rstest]
    #[case("yes", "\"yes\"")]
    #[case("Off", "\"Off\"")]
    #[case("1_000", "\"1_000\"")]
    #[case("0o17", "\"0o17\"")]
    #[case("12:30:45", "\"12:30:45\"")]
    #[case("2026-01-01", "\"2026-01-01\"")]
    #[case("12345e67", "\"12345e67\"")]
    #[case("<<", "\"<<\"")]
    #[case("~", "\"~\"")]
    #[case("", "\"\"")]
    #[case("a: b", "\"a: b\"")]
    #[case("a #b", "\"a #b\"")]
    #[case("*/5 * * * *", "\"*/5 * * * *\"")]
    #[case("50m", "\"50m\"")]
    #[case("https://x.example.org:8080/a", "https://x.example.org:8080/a")]
    #[case("two words", "two words")]
    #[case("\u{1b}[0m", "\"\\U0000001b[0m\"")]
    fn texts_are_quoted_where_some_reader_needs_it(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(text_of(json!({ "k": text })), format!("k: {expected}\n"));
    }

    #[test]
    fn keys_stand_in_the_order_of_kubernetes_whatever_order_they_came_in() {
        let value = json!({"spec": {"image": "i", "args": ["a"], "name": "n"}, "metadata": {}, "kind": "K", "apiVersion": "v1", "data": null});
        let expected =
            "apiVersion: v1\nkind: K\nmetadata: {}\ndata: null\nspec:\n  name: \"n\"\n  args:\n  - a\n  image: i\n";
        assert_eq!(text_of(value), expected);
    }

    #[test]
    fn collections_and_blocks_are_laid_out_as_kubectl_does() {
        let value =
            json!({"a": {"b": [1, {"c": "x", "d": []}, [true]], "e": {}}, "t": "one\n\n  two\n", "u": ["x\ny"]});
        let expected =
            "a:\n  b:\n  - 1\n  - c: x\n    d: []\n  - - true\n  e: {}\nt: |\n  one\n\n    two\nu:\n- |-\n  x\n  y\n";
        assert_eq!(text_of(value), expected);
        assert_eq!(text_of(json!([])), "[]\n");
        assert_eq!(text_of(json!("x")), "x\n");
    }

    proptest! {
        #[test]
        fn any_value_comes_back(
            key in "(?s).{0,6}",
            text in "(?s)[ -~\n\t\u{85}\u{feff}\u{e4}]{0,30}|(?s).{0,12}",
            whole in any::<i64>(),
            broken in proptest::num::f64::NORMAL,
        ) {
            let value = json!({ key: {"text": text, "list": [text, [text], {"x": text}], "whole": whole}});
            let yaml = text_of(value.clone());
            prop_assert_eq!(read(&yaml), value, "{}", yaml);
            // The reader makes whole numbers of what has no fraction.
            prop_assert_eq!(read(&text_of(json!([broken])))[0].as_f64(), Some(broken));
        }
    }
}
