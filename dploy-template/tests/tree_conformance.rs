//! The law of trees: for data without YAML's special characters the tree is
//! the one that sigs.k8s.io/yaml reads from Go's output.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{fs, path::PathBuf};

use dploy_template::{ErrorKind, MissingKey, ParseOptions, RenderOptions, Source, Template, Text, Value};
use rstest::rstest;
use serde_json::Value as Json;

/// Everything in `Params` and `Claims` is a user's.
fn data(json: &Json) -> Value {
    let Some(fields) = json.as_object() else {
        return Value::map::<&str>([]);
    };
    Value::map(fields.iter().map(|(name, value)| {
        let data = match name.as_str() {
            "Params" => Value::string_map(value.as_object().unwrap().iter().map(|(name, text)| {
                (name.as_str(), Text::marked(text.as_str().unwrap(), &Source::new(format!("params.{name}"))))
            })),
            _ => Value::marked_json(value, &Source::new("claims")),
        };
        (name.as_str(), data)
    }))
}

/// What Go refuses and YAML 1.2 allows: see the crate's table of differences.
const LENIENT: [&str; 4] = ["\ta: 1\n", "%FOO x\n---\na: 1\n", "a: \"\\/\\e\\0\\a\\_\\N\\L\\P\"\n", "...\na: 1\n"];

fn difference(case: &Json) -> Option<String> {
    let template = Template::parse("t", case["template"].as_str().unwrap(), &ParseOptions::default()).unwrap();
    let options = RenderOptions::default().missing_key(MissingKey::Zero);
    let ours = template.render_tree(&data(&case["data"]), &options);
    let same = match (case["json"].as_str(), case["error"].as_str(), &ours) {
        (Some(json), _, Ok(ours)) => serde_json::from_str::<Json>(json).unwrap() == *ours,
        (None, Some("yaml"), Err(error)) => error.kind() == ErrorKind::Yaml,
        // What breaks Go's text is one value here.
        (None, Some("yaml"), Ok(_)) if case["data"].is_object() => true,
        (None, Some("yaml"), Ok(_)) => LENIENT.contains(&case["template"].as_str().unwrap()),
        (None, Some("mapping"), Err(error)) => error.kind() == ErrorKind::NotMapping,
        _ => false,
    };
    let shown = match ours {
        Ok(json) => json.to_string(),
        Err(error) => format!("error {error}"),
    };
    (!same).then(|| format!("{case}\n   ours: {shown}"))
}

#[rstest]
fn reads_as_sigs_yaml_does(#[values("yaml", "tree")] area: &str) {
    let folder = std::env::var_os("CONFORMANCE_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"), PathBuf::from);
    let cases = fs::read_to_string(folder.join(format!("{area}.jsonl"))).unwrap();
    let cases: Vec<Json> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let wrong: Vec<String> = cases.iter().filter_map(difference).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
