//! Go's real answers: each case was rendered by Go 1.26's text/template with
//! sprig 3.3, or read by sigs.k8s.io/yaml, and must give the same here, or
//! fail on the same line.
//!
//! To add cases, append lines with a `template` to a file of
//! `tests/conformance`, or add a file, and run `cargo xtask conformance`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod support;

use serde_json::Value as Json;
use support::{
    case::{self, Answer},
    program::Go,
};

/// What Go refuses and YAML 1.2 allows: see the crate's table of differences.
const LENIENT: [&str; 4] = ["\ta: 1\n", "%FOO x\n---\na: 1\n", "a: \"\\/\\e\\0\\a\\_\\N\\L\\P\"\n", "...\na: 1\n"];

/// What is wrong with our answer, if anything.
fn difference(case: &Json) -> Option<String> {
    let ours = Answer::of(case, true);
    // What breaks Go's text is one value here.
    let whole = case["tree"] == true && case["error"] == "yaml" && case["data"].is_object();
    let lenient = LENIENT.contains(&case["template"].as_str().unwrap()) || whole;
    let same = ours.agrees(case) || (lenient && matches!(ours, Answer::Tree(_)));
    (!same).then(|| format!("{case}\n   ours: {}", ours.shown()))
}

#[test]
fn answers_as_go_does() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, cases) in case::files() {
        count += cases.len();
        wrong.extend(cases.iter().filter_map(difference).map(|difference| format!("{name}: {difference}")));
    }
    assert!(wrong.is_empty(), "{} of {count} cases differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 1500, "{count} cases");
}

#[test]
fn the_answers_are_gos() {
    let Some(mut go) = Go::start() else { return };
    let mut stale = Vec::new();
    for (name, cases) in case::files() {
        let answers = go.answer(&cases);
        let differing = cases.iter().zip(answers).filter(|(case, answer)| *case != answer);
        stale.extend(differing.map(|(case, answer)| format!("{name}: {case}\n   Go: {answer}")));
    }
    assert!(stale.is_empty(), "run `cargo xtask conformance`; {} cases:\n{}", stale.len(), stale.join("\n"));
}
