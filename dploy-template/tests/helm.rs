//! Helm's functions, known on request only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use dploy_template::{Error, ErrorKind, Limits, ParseOptions, RenderOptions, Source, Template, Text, Value};
use rstest::rstest;

fn data() -> Value {
    Value::map([
        ("s", Value::from("hello")),
        ("user", Value::marked_string("{{ 1 }}", &Source::new("params.user"))),
        ("m", Value::map([("a", Value::from(1))])),
    ])
}

fn render(template: &str) -> Result<Text, Error> {
    let template = Template::parse("t", template, &ParseOptions::default().helm(true))?;
    template.render_text(&data(), &RenderOptions::default())
}

#[rstest]
#[case("{{ define \"x\" }}[{{ . }}]{{ end }}{{ include \"x\" .s | upper }}", "[HELLO]")]
#[case("{{ define \"x\" }}a\nb{{ end }}{{ include \"x\" . | nindent 2 }}", "\n  a\n  b")]
#[case(
    "{{ define \"x\" }}{{ if gt . 0 }}{{ . }}{{ include \"x\" (sub . 1 | int) }}{{ end }}{{ end }}{{ include \"x\" 3 }}",
    "321"
)]
#[case("{{ tpl \"<{{ .s }}>\" . }}", "<hello>")]
#[case("{{ define \"x\" }}x{{ end }}{{ tpl \"{{ include \\\"x\\\" . }}\" . }}", "x")]
#[case("{{ tpl \"{{ define \\\"y\\\" }}y{{ end }}{{ include \\\"y\\\" . }}\" . }}", "y")]
#[case("{{ tpl \"a{{ .none }}b\" . }}", "ab")]
#[case("{{ tpl \"\" . }}{{ tpl \"{{/* nothing */}}\" . }}", "")]
#[case("{{ required \"no\" .s }}{{ required \"no\" 0 }}", "hello0")]
#[case("{{ (fromJson \"{\\\"a\\\": 1}\").a }}{{ (fromYaml \"a: {b: x}\").a.b }}", "1x")]
#[case(
    "{{ fromJson \"[1]\" }}",
    "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}]"
)]
#[case("{{ fromJsonArray \"[1, 2]\" }}{{ fromYamlArray \"- a\\n- b\" }}", "[1 2][a b]")]
#[case("{{ fromYaml \"\" }}{{ fromYamlArray \"\" }}", "map[][]")]
#[case("{{ toYaml .m }}{{ toJson .m }}", "a: 1{\"a\":1}")]
fn helm_functions_work_as_in_helm(#[case] template: &str, #[case] expected: &str) {
    assert_eq!(render(template).unwrap().to_string_lossy(), expected);
}

#[rstest]
#[case("a\n{{ include \"none\" . }}", 2, "no template \"none\" is defined")]
#[case("{{ define \"x\" }}\n\n{{ index . 1 }}{{ end }}\n{{ include \"x\" \"\" }}", 4, "t:3:4:")]
#[case("\n{{ tpl \"\\n\\n{{ if }}\" . }}", 2, "t:3:7:")]
#[case("{{ required \"a name, please\" .none }}", 1, "a name, please")]
#[case("{{ required \"a name, please\" \"\" }}", 1, "a name, please")]
#[case("{{ lookup \"v1\" \"Pod\" \"a\" \"b\" }}", 1, "no cluster")]
#[case("{{ tpl .user . }}", 1, "params.user")]
#[case("{{ tpl (printf \"a%sb\" .user) . }}", 1, "params.user")]
fn mistakes_have_the_callers_line_and_the_reason(#[case] template: &str, #[case] line: usize, #[case] reason: &str) {
    let error = render(template).unwrap_err();
    assert_eq!((error.line(), error.kind()), (line, ErrorKind::Execute));
    assert!(error.to_string().contains(reason), "{error}");
}

#[rstest]
#[case("{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}")]
#[case("{{ define \"x\" }}{{ tpl \"{{ include \\\"x\\\" . }}\" . }}{{ end }}{{ include \"x\" . }}")]
#[case("{{ define \"x\" }}{{ if (with (range .) }}{{ end }}{{ end }}{{ tpl . . }}")]
#[case("{{ $t := \"{{ tpl . . }}\" }}{{ tpl $t $t }}")]
#[case(
    "{{ define \"x\" }}{{ range 9 }}{{ with 1 }}{{ if ((include \"x\" .)) }}{{ end }}{{ end }}{{ end }}{{ end }}{{ include \"x\" . }}"
)]
fn endless_recursion_is_an_error(#[case] template: &str) {
    assert!(render(template).is_err());
}

#[test]
fn a_loop_of_texts_runs_out_of_steps() {
    let template = "{{ range 1000000000 }}{{ $x := tpl \"{{ . }}\" 1 }}{{ end }}";
    let template = Template::parse("t", template, &ParseOptions::default().helm(true)).unwrap();
    let limits = Limits { steps: 10_000, ..Limits::default() };
    let error = template.render(&data(), &RenderOptions::default().limits(limits)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[rstest]
#[case("{{ define \"x\" }}a{{ .user }}{{ end }}{{ include \"x\" . }}")]
#[case("{{ tpl \"{{ .none }}a{{ .user }}\" . }}")]
#[case("{{ required \"no\" .user }}")]
#[case("{{ (fromYaml (printf \"a: '%s'\" .user)).a }}")]
fn marks_survive(#[case] template: &str) {
    assert!(render(template).unwrap().is_marked());
}

#[rstest]
#[case("include \"x\" .")]
#[case("tpl \"\" .")]
#[case("required \"\" .")]
#[case("fromYaml \"\"")]
#[case("lookup \"\" \"\" \"\" \"\"")]
fn without_being_asked_for_they_are_unknown(#[case] call: &str) {
    let error = Template::parse("t", &format!("{{{{ {call} }}}}"), &ParseOptions::default()).unwrap_err();
    assert!(error.to_string().contains("not defined"), "{error}");
}

#[test]
fn what_a_template_changes_is_its_own_copy() {
    let data = data();
    let template = "{{ $_ := set .m \"b\" 2 }}{{ $_ := set .m \"self\" .m }}{{ len .m }}{{ .m.self.self.b }}";
    let template = Template::parse("t", template, &ParseOptions::default()).unwrap();
    for _ in 0..2 {
        assert_eq!(template.render(&data, &RenderOptions::default()).unwrap(), "32");
    }
    let Value::Map(fields) = &data else { panic!("a map") };
    let Some(Value::Map(m)) = fields.get("m") else { panic!("a map") };
    assert_eq!(m.len(), 1);
}
