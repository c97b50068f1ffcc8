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

/// Functions that exist only to fail: Go asks the machine.
const HERMETIC: [&str; 4] = ["env", "expandenv", "getHostByName", "lookup"];

/// Whether a template calls a function.
fn calls(template: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '"');
    template.match_indices(name).any(|(at, _)| {
        !template[..at].ends_with(part) && !template[at + name.len()..].starts_with(|c: char| part(c) && c != '.')
    })
}

#[test]
fn every_function_has_cases_and_an_error() {
    let cases: Vec<Json> = case::files().into_iter().flat_map(|(_, cases)| cases).collect();
    let mut short = Vec::new();
    for function in dploy_template::functions(true) {
        let all = cases.iter().filter(|case| calls(case["template"].as_str().unwrap(), function.name));
        let (count, errors) =
            all.fold((0, 0), |(count, errors), case| (count + 1, errors + usize::from(case["error"].is_string())));
        // What takes any number of anything has nothing to refuse.
        let fails = function.parameters != ["...interface {}"];
        let compared = !function.random && !HERMETIC.contains(&function.name);
        if compared && (count < 3 || (fails && errors == 0)) {
            short.push(format!("{}: {count} cases, {errors} errors", function.name));
        }
    }
    assert!(short.is_empty(), "{} functions:\n{}", short.len(), short.join("\n"));
}
