//! Hostile texts, and what of a tree may not depend on them.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// Texts that mean something to YAML, to templates or to the engine itself.
pub(crate) const TEXTS: [&str; 118] = [
    "x\nimage: evil",
    "x\n  image: evil",
    "x\n    image: evil\n",
    "x\r\nimage: evil",
    "x\rimage: evil",
    "\nimage: evil\n",
    "\n\n",
    "\n",
    "\r",
    " ",
    "    ",
    " x",
    "x ",
    "x\u{85}image: evil",
    "x\u{2028}image: evil",
    "x\u{2029}image: evil",
    "\u{85}",
    "\u{a0}",
    "\u{200b}",
    "x\n---\nimage: evil",
    "x\n...\nimage: evil",
    "---",
    "---\n",
    "...",
    "--- x",
    "x: y",
    "image: evil",
    "x:",
    ": x",
    ":",
    "x #c",
    "# c",
    "#",
    " # c",
    "- a",
    "-",
    "- - a",
    "- image: evil",
    "-\n- b",
    "? a",
    "?",
    "? a\n: b",
    "&a",
    "&a b",
    "&image x",
    "*a",
    "*image",
    "!!x",
    "!!str x",
    "!!int 5",
    "!!map {image: evil}",
    "! x",
    "!",
    "!<tag:yaml.org,2002:null> x",
    "%YAML 1.1",
    "%YAML 1.1\n---\nimage: evil",
    "%",
    "@x",
    "`x`",
    "|",
    "|\n  x",
    "|2-\n    x",
    ">-",
    ">\n x",
    "{",
    "}",
    "{image: evil}",
    "{\"image\": \"evil\"}",
    "[",
    "]",
    "[a, b]",
    ", image: evil",
    ",",
    "],",
    "},\nimage: evil",
    "\"",
    "'",
    "''",
    "\"\"",
    "\"x\"",
    "'x'",
    "\"x\" ",
    "it's",
    "x\" image: evil",
    "x', image: evil, y: '",
    "\"\nimage: evil\n\"",
    "'\nimage: evil\nx: '",
    "\"x\": y",
    "{{ .Params.other }}",
    "{{- 1 -}}",
    "}}{{ break }}",
    "{{/*",
    "<<",
    "<<: {image: evil}",
    "=",
    "\\",
    "\\n",
    "\\\"",
    "\t",
    "\tx",
    "x\ty",
    "\t- x",
    "\u{0}\u{1}\u{7f}",
    "\u{feff}",
    "\u{feff}x",
    "é ✓ \u{1f600} \u{202e}",
    "Qzaaaaaa",
    "Qzaaaaaaaaaaaa",
    "Qzaaaaaaaaaaab: 1",
    "Qzaaaaaaaaaaaa: Qzaaaaaaaaaaab",
    "- Qzaaaaaaaaaaaa",
    "y",
    "~",
    "null",
    "0x1F",
    "1e3",
    "2026-01-01",
    "12:30:45",
];

/// Texts too long to write down.
#[must_use]
pub(crate) fn long_texts() -> Vec<String> {
    vec!["x".repeat(5000), "x: y\n".repeat(400), "ü ".repeat(800), format!("{}: evil", "k".repeat(1100))]
}

/// The leaves of a tree by their paths; collections without entries are leaves too.
#[must_use]
pub(crate) fn leaves(tree: &Json) -> BTreeMap<String, Json> {
    let mut leaves = BTreeMap::new();
    collect(tree, String::new(), &mut leaves);
    leaves
}

fn collect(tree: &Json, path: String, leaves: &mut BTreeMap<String, Json>) {
    match tree {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                collect(value, format!("{path}/{key:?}"), leaves);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{path}/{index}"), leaves);
            }
        }
        leaf => {
            leaves.insert(path, leaf.clone());
        }
    }
}

/// What differs between the structures of two trees, if anything: the paths,
/// and every leaf that is the same in both harmless trees.
#[must_use]
pub(crate) fn difference(harmless: [&Json; 2], hostile: &Json) -> Option<String> {
    let [one, two] = harmless.map(leaves);
    let found = leaves(hostile);
    let collection = |leaf: Option<&Json>| matches!(leaf, Some(Json::Object(_) | Json::Array(_)));
    for (path, leaf) in &one {
        if !found.contains_key(path) {
            return Some(format!("{path} is missing"));
        }
        if two.get(path) == Some(leaf) && found.get(path) != Some(leaf) {
            return Some(format!("{path} was {leaf}"));
        }
        if collection(found.get(path)) != collection(Some(leaf)) {
            return Some(format!("{path} was {leaf}"));
        }
    }
    found.keys().find(|path| !one.contains_key(*path)).map(|path| format!("{path} is new"))
}
