//! Errors name the template, the place, and what was expected.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use dploy_template::{Error, ErrorKind, ParseOptions, RenderOptions, Template, Value};
use rstest::rstest;

fn error(text: &str) -> Error {
    let data = Value::map([
        ("s", Value::from("x")),
        ("Template", Value::object("v1alpha1.DployTemplate", [("Name", Value::from("n")), ("Spec", Value::Nil)])),
    ]);
    Template::parse("values", text, &ParseOptions::default())
        .and_then(|template| template.render(&data, &RenderOptions::default()))
        .unwrap_err()
}

#[rstest]
#[case("a: 1\nb: {{ qote .s }}", 2, 7, "function \"qote\" not defined", Some("a known function such as \"quote\""))]
#[case("{{ environ \"HOME\" }}", 1, 4, "function \"environ\" not defined", None)]
#[case("\n{{ if .s }}x", 2, 1, "unclosed block", Some("`{{end}}`"))]
#[case("{{ range .s }}{{ if .s }}{{ end }}", 1, 1, "unclosed block", Some("`{{end}}`"))]
#[case("a{{ end }}", 1, 5, "unexpected {{end}}", Some("an open block before it"))]
#[case("{{ if .s }}{{ else }}{{ else }}{{ end }}", 1, 25, "unexpected {{else}} in if", Some("`{{end}}`"))]
#[case("é {{ $x }}", 1, 6, "undefined variable \"$x\"", Some("`$x := …` before it"))]
#[case("{{ \"abc }}\nx", 1, 4, "unterminated quoted string", Some("`\"` on the same line"))]
#[case("x{{/* y", 1, 2, "unclosed comment", Some("`*/`"))]
#[case("a\n  {{ .s ", 2, 3, "unclosed action", Some("`}}`"))]
#[case("{{ (print 1 }}", 1, 4, "unclosed left paren", Some("`)`"))]
#[case("{{ 1 | 2 }}", 1, 8, "non executable command in pipeline stage 2", Some("a function"))]
#[case("{{ if }}{{ end }}", 1, 7, "missing value for if", None)]
#[case("{{ break }}", 1, 4, "{{break}} outside {{range}}", None)]
#[case("{{ .s+1 }}", 1, 6, "bad character '+'", Some("white space, `|`, `)` or `}}`"))]
fn parse_errors(
    #[case] text: &str,
    #[case] line: usize,
    #[case] column: usize,
    #[case] message: &str,
    #[case] expected: Option<&str>,
) {
    let error = error(text);
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert_eq!((error.line(), error.column(), error.message()), (line, column, message), "{error}");
    assert_eq!(error.expected(), expected);
    assert_eq!(error.template(), "values");
}

#[rstest]
#[case(
    "x\n{{ .Template.Nam }}",
    2,
    4,
    "can't evaluate field Nam in type v1alpha1.DployTemplate",
    Some("one of Name, Spec")
)]
#[case("{{ upper 1 }}", 1, 10, "expected string; found 1", None)]
#[case("{{ .s.t }}", 1, 4, "can't evaluate field t in type string", None)]
#[case("{{ index .s 9 }}", 1, 4, "error calling index: index out of range: 9", None)]
#[case("{{ range .s }}{{ end }}", 1, 10, "range can't iterate over x", Some("a list, a map or a whole number"))]
#[case("{{ eq .s 1 }}", 1, 4, "error calling eq: incompatible types for comparison: string and int", None)]
#[case("{{ template \"none\" }}", 1, 13, "template \"none\" not defined", None)]
fn execution_errors(
    #[case] text: &str,
    #[case] line: usize,
    #[case] column: usize,
    #[case] message: &str,
    #[case] expected: Option<&str>,
) {
    let error = error(text);
    assert_eq!(error.kind(), ErrorKind::Execute);
    assert_eq!((error.line(), error.column(), error.message()), (line, column, message), "{error}");
    assert_eq!(error.expected(), expected);
}

#[test]
fn a_report_has_the_line_and_a_caret() {
    let error = error("a: 1\n\tb: {{ qote .s }}\nc: 2\n");
    assert_eq!(
        error.report(),
        "values:2:8: function \"qote\" not defined, expected a known function such as \"quote\"\n  \
         |\n2 | \tb: {{ qote .s }}\n  | \t      ^"
    );
    assert!(!error.is_yaml());
}

#[test]
#[cfg(not(feature = "crypto"))]
fn functions_of_another_feature_name_it() {
    let error = Template::parse("t", "{{ (genCA \"x\" 1).Cert }}", &ParseOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Parse, "function \"genCA\" needs the feature crypto"));
}
