//! Texts and data from files.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use dploy_template::{ErrorKind, Limits, ParseOptions, RenderOptions, Template, Value};
use serde_json::Value as Json;

use crate::error::Error;

/// The name of a file that stands for standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// The text in a file.
///
/// # Errors
/// The file cannot be read or is not UTF-8.
pub(super) fn text(path: &Path) -> Result<String, Error> {
    let bytes = if path == Path::new(STANDARD_INPUT) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|source| Error::File { action: "read", path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|cause| Error::Content {
        path: path.to_owned(),
        expected: "UTF-8 text",
        source: cause.into(),
    })
}

/// The data in a file.
///
/// # Errors
/// The file cannot be read or holds neither JSON nor YAML.
pub(super) fn read(path: &Path) -> Result<Value, Error> {
    parse(&text(path)?).map(Value::from).map_err(|source| Error::Content {
        path: path.to_owned(),
        expected: "JSON or YAML",
        source,
    })
}

/// JSON where the text is JSON, else YAML as Kubernetes and Helm read it: the first document.
fn parse(text: &str) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
    let refused = match serde_json::from_str(text) {
        Ok(data) => return Ok(data),
        Err(refused) => refused,
    };
    match yaml(text) {
        Ok(data) => Ok(data),
        // What begins like JSON was meant to be JSON.
        Err(_) if text.trim_start().starts_with(['{', '[', '"']) => Err(refused.into()),
        Err(error) if error.kind() == ErrorKind::NotMapping => {
            // Below a key, any value is part of a mapping.
            let shifted: String = text.lines().map(|line| format!(" {line}\n")).collect();
            let mut data = yaml(&format!("data:\n{shifted}")).map_err(|_| error)?;
            Ok(data.get_mut("data").map_or(Json::Null, Json::take))
        }
        Err(error) => Err(error.into()),
    }
}

/// A mapping in YAML.
fn yaml(text: &str) -> Result<Json, dploy_template::Error> {
    // The text is data: what looks like an action stands for itself.
    let literal = text.replace("{{", "{{\"{{\"}}");
    let bytes = text.len().max(Limits::default().output_bytes);
    let limits = Limits { steps: u64::MAX, output_bytes: bytes, value_bytes: bytes, ..Limits::default() };
    let options = RenderOptions::default().limits(limits);
    Template::parse("data", &literal, &ParseOptions::default())?.render_tree(&Value::Nil, &options)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("{\"a\": 1}", json!({"a": 1}))]
    #[case("a: 1\nb: yes\nc: \"{{ x }}\"\n", json!({"a": 1, "b": true, "c": "{{ x }}"}))]
    #[case("{a: [1, 1.5]}", json!({"a": [1, 1.5]}))]
    #[case("- a\n- b: 1\n", json!(["a", {"b": 1}]))]
    #[case("text", json!("text"))]
    #[case("\"text\"", json!("text"))]
    #[case("", json!(null))]
    #[case("# nothing\n", json!(null))]
    #[case("a: 1\n---\nb: 2\n", json!({"a": 1}))]
    fn json_and_yaml_are_told_apart_by_content(#[case] text: &str, #[case] expected: Json) {
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[rstest]
    #[case("{\"a\" 1}", "expected `:`")]
    #[case("a: [1\n", "data:")]
    #[case("a: b: c\n", "data:1:")]
    fn what_is_neither_is_refused_with_its_place(#[case] text: &str, #[case] part: &str) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
