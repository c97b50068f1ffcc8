//! YAML of whatever serialises, with its keys in their own order.

use dploy_core::yaml::{Tree, write};
use serde::Serialize;
use yaml_serde::Value;

/// `value` as one document that ends with a line break; keys in the order in which it serialises them.
///
/// # Errors
/// It cannot be serialised.
pub(super) fn to_string<T: Serialize>(value: &T) -> Result<String, yaml_serde::Error> {
    Ok(write(&tree(yaml_serde::to_value(value)?)))
}

fn tree(value: Value) -> Tree {
    match value {
        Value::Null => Tree::Null,
        Value::Bool(flag) => Tree::Bool(flag),
        Value::Number(number) => Tree::Number(number.to_string()),
        Value::String(text) => Tree::Text(text),
        Value::Sequence(items) => Tree::List(items.into_iter().map(tree).collect()),
        Value::Mapping(entries) => {
            Tree::Map(entries.into_iter().map(|(key, value)| (key_text(key), tree(value))).collect())
        }
        Value::Tagged(tagged) => tree(tagged.value),
    }
}

/// A key as JSON has it: a text.
fn key_text(key: Value) -> String {
    match tree(key) {
        Tree::Text(text) | Tree::Number(text) => text,
        other => write(&other).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_keep_the_order_in_which_they_serialise() {
        #[derive(Serialize)]
        struct Record {
            name: &'static str,
            kind: &'static str,
            counts: std::collections::BTreeMap<u8, f64>,
        }
        let record = Record { name: "yes", kind: "K", counts: [(1, 1e300)].into() };
        assert_eq!(to_string(&record).unwrap(), "name: \"yes\"\nkind: K\ncounts:\n  \"1\": 1.0e+300\n");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(key in "(?s).{0,6}", text in "(?s)[ -~\n\t\u{85}\u{feff}\u{e4}]{0,30}|(?s).{0,12}") {
            let value = json!({ key: {"text": text, "list": [text, [text], {"x": text}]}});
            let yaml = to_string(&value).unwrap();
            prop_assert_eq!(yaml_serde::from_str::<serde_json::Value>(&yaml).unwrap(), value, "{}", yaml);
        }
    }
}
