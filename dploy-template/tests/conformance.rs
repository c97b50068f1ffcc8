//! Go's real answers: each case was rendered by Go 1.26's text/template with
//! sprig 3.3 and sigs.k8s.io/yaml, and must render the same here, or fail on
//! the same line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{fs, path::PathBuf};

use dploy_template::{Error, ErrorKind, MissingKey, ParseOptions, RenderOptions, Template, Text, Value};
use jiff::Timestamp;
use rstest::rstest;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The data that the cases were rendered with.
fn fixture() -> Value {
    let sub = |name: &str, n: i64| Value::object("main.Sub", [("Name", Value::from(name)), ("N", Value::from(n))]);
    let chart = Value::object_with_json(
        "main.Chart",
        [
            ("RepoURL", "repoURL", Value::from("https://x")),
            ("Count", "count", Value::from(2)),
            ("Labels", "labels", Value::string_map([("app", "web")])),
            ("Any", "any", Value::Nil),
            ("Ptr", "ptr", Value::pointer("main.Sub", Some(sub("sub", 1)))),
            ("NilPtr", "nilPtr", Value::pointer("main.Sub", None)),
        ],
    );
    let nested = Value::map([("k", Value::from("v"))]);
    Value::map([
        ("i", Value::from(7)),
        ("neg", Value::from(-7)),
        ("i64", Value::Int64(8)),
        ("u64", Value::Uint64((1 << 63) + 5)),
        ("f", Value::from(1.5)),
        ("fi", Value::from(3.0)),
        ("big", Value::from(1e21)),
        ("mil", Value::from(12_345_678.0)),
        ("small", Value::from(0.000_000_12)),
        ("t", Value::from(true)),
        ("no", Value::from(false)),
        ("z", Value::from(0)),
        ("zf", Value::from(0.0)),
        ("e", Value::from("")),
        ("s", Value::from("hello")),
        ("uni", Value::from("héllo wörld ✓")),
        ("raw", Value::String(Text::from(b"a\xffb".as_slice()))),
        ("nil", Value::Nil),
        ("html", Value::from("<a href=\"x\">&'</a>")),
        ("num", Value::from("42")),
        ("lines", Value::from("one\ntwo\n\nthree")),
        ("sp", Value::from(" \t pad \n")),
        ("l", Value::list([Value::from(1), Value::from("a"), Value::Nil, Value::from(2.5), Value::from(true)])),
        ("ints", Value::list([Value::from(3), Value::from(1), Value::from(2)])),
        ("strs", Value::strings(["x", "y", "z"])),
        ("el", Value::list([])),
        ("m", Value::map([("b", Value::from(2)), ("a", Value::from(1)), ("nil", Value::Nil), ("n", nested)])),
        ("sm", Value::string_map([("k1", "v1"), ("k2", "v2")])),
        ("em", Value::map::<&str>([])),
        ("st", chart),
        ("ptr", Value::pointer("main.Sub", Some(sub("p", 2)))),
        ("time", Value::from(time("2009-11-10T23:04:05.123456789Z"))),
        ("mm", Value::list([Value::map([("x", Value::from(1))]), Value::map([("x", Value::from(2))])])),
    ])
}

fn render(case: &serde_json::Value, data: &Value) -> Result<Vec<u8>, Error> {
    let missing_key = match case["missing"].as_str() {
        None | Some("default") => MissingKey::Default,
        Some("zero") => MissingKey::Zero,
        Some("error") => MissingKey::Error,
        Some(other) => panic!("missingkey={other}"),
    };
    let options = RenderOptions::new(time("2026-01-02T03:04:05Z"), [0; 32]).missing_key(missing_key);
    let template = Template::parse("t", case["template"].as_str().unwrap(), &ParseOptions::default())?;
    template.render_bytes(data, &options)
}

fn expected(case: &serde_json::Value) -> Option<Vec<u8>> {
    if let Some(text) = case["output"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    let hex = case["hex"].as_str()?;
    Some((0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect())
}

/// What is wrong with our answer, if anything.
fn difference(case: &serde_json::Value, data: &Value) -> Option<String> {
    let ours = render(case, data);
    let shown = match &ours {
        Ok(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        Err(error) => format!("error {error}"),
    };
    let same = match (expected(case), case["error"].as_str(), &ours) {
        (Some(bytes), _, Ok(ours)) => *ours == bytes,
        (None, Some("parse"), Err(error)) => error.kind() == ErrorKind::Parse,
        (None, Some("execute"), Err(error)) => {
            // A function that no template of the text may call is our parse error already.
            error.kind() == ErrorKind::Execute && error.line() as u64 == case["line"].as_u64().unwrap()
        }
        _ => false,
    };
    (!same).then(|| format!("{case}\n   ours: {shown}"))
}

#[rstest]
fn renders_as_go_does(
    #[values(
        "compare",
        "compare_all",
        "control",
        "dates",
        "dicts",
        "encoding",
        "errors",
        "escape",
        "fields",
        "flow",
        "index",
        "lexing",
        "math",
        "missing",
        "numbers",
        "print",
        "printf",
        "printf_all",
        "strings",
        "templates",
        "variables"
    )]
    area: &str,
) {
    let folder = std::env::var_os("CONFORMANCE_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"), PathBuf::from);
    let data = fixture();
    let cases = fs::read_to_string(folder.join(format!("{area}.jsonl"))).unwrap();
    let cases: Vec<serde_json::Value> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let wrong: Vec<String> = cases.iter().filter_map(|case| difference(case, &data)).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
