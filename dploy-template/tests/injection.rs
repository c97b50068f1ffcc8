//! Nothing that a user supplies can change the structure of a tree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;

use dploy_template::{
    DeclaredType, Error, ErrorKind, MissingKey, ParseOptions, RenderOptions, Source, Template, Text, Value,
};
use rstest::rstest;
use serde_json::{Value as Json, json};

/// Texts that mean something to YAML, to templates or to the engine itself.
const HOSTILE: [&str; 72] = [
    "x\nimage: evil",
    "x\n  image: evil",
    "x\n    image: evil\n",
    "x\r\nimage: evil",
    "x\rimage: evil",
    "\nimage: evil\n",
    "x\u{85}image: evil",
    "x\u{2028}image: evil",
    "x\n---\nimage: evil",
    "x\n...\nimage: evil",
    "---",
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
    "- a",
    "-",
    "- - a",
    "- image: evil",
    "? a",
    "?",
    "&a",
    "&a b",
    "*a",
    "*image",
    "!!x",
    "!!str x",
    "!!int 5",
    "! x",
    "!",
    "%YAML 1.1",
    "%",
    "@x",
    "`x`",
    "|",
    "|\n  x",
    ">-",
    "{",
    "}",
    "{image: evil}",
    "[",
    "]",
    "[a, b]",
    ", image: evil",
    "},\nimage: evil",
    "\"",
    "'",
    "\"x\"",
    "'x'",
    "it's",
    "x\" image: evil",
    "x', image: evil, y: '",
    "\"\nimage: evil\n\"",
    "'\nimage: evil\nx: '",
    "{{ .Params.other }}",
    "}}{{ break }}",
    "{{/*",
    "<<",
    "<<: {image: evil}",
    "\\",
    "\\n",
    "\t",
    "\u{0}\u{1}\u{7f}",
    "\u{feff}x",
    "Qaaaaaaaaaaaaaa",
    "Qaaaaaaaaaaaaab: 1",
];

const BENIGN: &str = "safe";

/// Templates that put `.Params.v` under `v`, or under `v` in parts, beside a
/// key `image` that must stay what it is.
const USES: [&str; 44] = [
    "v: {{ .Params.v }}\nimage: good\n",
    "image: good\nv: {{ .Params.v }}",
    "v: {{ .Params.v }} # note\nimage: good\n",
    "v: \"{{ .Params.v }}\"\nimage: good\n",
    "v: \"pre {{ .Params.v }} post\"\nimage: good\n",
    "v: '{{ .Params.v }}'\nimage: good\n",
    "v: 'pre {{ .Params.v }} post'\nimage: good\n",
    "v: pre-{{ .Params.v }}\nimage: good\n",
    "v: pre {{ .Params.v }} post\nimage: good\n",
    "v: {{ .Params.v }}{{ .Params.v }}\nimage: good\n",
    "v: |\n  {{ .Params.v }}\nimage: good\n",
    "v: |-\n  a {{ .Params.v }} b\n  c\nimage: good\n",
    "v: >\n  {{ .Params.v }}\n  c\nimage: good\n",
    "v: |\n{{ .Params.v | indent 2 }}\nimage: good\n",
    "v: |\n  {{- .Params.v | nindent 2 }}\nimage: good\n",
    "v: |\n  {{- .Params.v | nindent 6 }}\nimage: good\n",
    "v: |+\n  {{- printf \"a: %s\" .Params.v | nindent 4 }}\nimage: good\n",
    "v:\n  {{- .Params.v | nindent 2 }}\nimage: good\n",
    "v: {{ .Params.v | quote }}\nimage: good\n",
    "v: {{ .Params.v | squote }}\nimage: good\n",
    "v: {{ printf \"%q\" .Params.v }}\nimage: good\n",
    "v: {{ printf \"%s\" .Params.v }}\nimage: good\n",
    "v: {{ printf \"%v-%[1]s\" .Params.v }}\nimage: good\n",
    "v: {{ .Params.v | upper }}\nimage: good\n",
    "v: {{ .Params.v | trim }}\nimage: good\n",
    "v: {{ .Params.v | trunc 63 }}\nimage: good\n",
    "v: {{ .Params.v | replace \"a\" \"b\" }}\nimage: good\n",
    "v: {{ default \"d\" .Params.v }}\nimage: good\n",
    "v: {{ coalesce \"\" .Params.v }}\nimage: good\n",
    "v: {{ ternary .Params.v \"x\" true }}\nimage: good\n",
    "v: {{ join \",\" (list \"a\" .Params.v \"b\") }}\nimage: good\n",
    "v: {{ toJson .Params.v }}\nimage: good\n",
    "v: {{ toJson (dict \"k\" .Params.v) }}\nimage: good\n",
    "v:\n  {{- toYaml (dict \"k\" .Params.v) | nindent 2 }}\nimage: good\n",
    "v:\n{{ toYaml (list .Params.v \"z\") | indent 2 }}\nimage: good\n",
    "v: '{{ toJson (list .Params.v) }}'\nimage: good\n",
    "v: |\n{{ toYaml (dict \"k\" .Params.v) | indent 2 }}\nimage: good\n",
    "v: [{{ .Params.v }}, b]\nimage: good\n",
    "v: {k: {{ .Params.v }}, l: \"{{ .Params.v }}\"}\nimage: good\n",
    "v:\n  - {{ .Params.v }}\n  - k: {{ .Params.v }}\nimage: good\n",
    "# {{ .Params.v }}\nv: x\nimage: good\n",
    "v: {{ template \"t\" .Params.v }}\nimage: good\n{{ define \"t\" }}{{ . }}{{ end }}",
    "v: {{ $x := .Params.v }}{{ $x = print $x }}{{ $x }}\nimage: good\n",
    "v: {{ html .Params.v }}{{ js .Params.v }}{{ urlquery .Params.v }}\nimage: good\n",
];

fn params(v: &str) -> Value {
    let text = |name: &str, value: &str| Text::marked(value, &Source::new(format!("params.{name}")));
    Value::map([("Params", Value::string_map([("v", text("v", v)), ("other", text("other", "stolen"))]))])
}

fn tree_with(template: &str, data: &Value) -> Result<Json, Error> {
    let template = Template::parse("values", template, &ParseOptions::default()).unwrap();
    template.render_tree(data, &RenderOptions::default())
}

fn tree(template: &str, v: &str) -> Result<Json, Error> {
    tree_with(template, &params(v))
}

/// The paths of everything in a tree, whatever the scalars are.
fn shape(json: &Json, path: &str, out: &mut BTreeSet<String>) {
    out.insert(path.to_owned());
    match json {
        Json::Object(map) => map.iter().for_each(|(key, value)| shape(value, &format!("{path}/{key}"), out)),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| shape(value, &format!("{path}/{at}"), out));
        }
        _ => {}
    }
}

fn shape_of(json: &Json) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    shape(json, "", &mut out);
    out
}

#[test]
fn s25_d03_no_value_adds_or_changes_another_key() {
    for use_ in USES {
        let expected = shape_of(&tree(use_, BENIGN).unwrap());
        for hostile in HOSTILE {
            let tree = tree(use_, hostile).unwrap_or_else(|error| panic!("{use_:?} with {hostile:?}: {error}"));
            assert_eq!(tree["image"], "good", "{use_:?} with {hostile:?}: {tree}");
            assert_eq!(shape_of(&tree), expected, "{use_:?} with {hostile:?}: {tree}");
        }
    }
}

#[test]
fn s25_a_user_cannot_reach_other_data() {
    for use_ in USES {
        for hostile in HOSTILE {
            assert!(!tree(use_, hostile).unwrap().to_string().contains("stolen"), "{use_:?} with {hostile:?}");
        }
    }
}

#[rstest]
#[case::double_quoted("v: \"{{ .Params.v }}\"\n")]
#[case::single_quoted("v: '{{ .Params.v }}'\n")]
#[case::quote("v: {{ .Params.v | quote }}\n")]
#[case::printf_q("v: {{ printf \"%q\" .Params.v }}\n")]
#[case::to_json("v: {{ .Params.v | toJson }}\n")]
#[case::to_yaml("v: {{ .Params.v | toYaml }}\n")]
#[case::strip_block("v: |-\n  {{ .Params.v }}x\n")]
fn s59_text_round_trips_through_every_style(#[case] use_: &str) {
    for hostile in HOSTILE {
        let expected = if use_.contains("|-") { format!("{hostile}x") } else { hostile.to_owned() };
        assert_eq!(tree(use_, hostile).unwrap(), json!({ "v": expected }), "{use_:?} with {hostile:?}");
    }
}

#[test]
fn s59_bare_text_is_a_string_unless_it_is_one_scalar() {
    for hostile in HOSTILE {
        let expected = match hostile {
            "\"x\"" | "'x'" => "x",
            "\"\nimage: evil\n\"" => " image: evil ",
            "'\nimage: evil\nx: '" => " image: evil x: ",
            "\t" => continue,
            other => other,
        };
        assert_eq!(tree("v: {{ .Params.v }}\n", hostile).unwrap(), json!({ "v": expected }), "{hostile:?}");
    }
    for (text, expected) in [
        ("5", json!(5)),
        ("-7", json!(-7)),
        ("1.5", json!(1.5)),
        ("true", json!(true)),
        ("off", json!(false)),
        ("null", json!(null)),
        ("", json!(null)),
        ("12345678901234567890", json!(12_345_678_901_234_567_890_u64)),
        ("a\nb", json!("a\nb")),
        ("a: b", json!("a: b")),
        ("say \"hi\"", json!("say \"hi\"")),
    ] {
        assert_eq!(tree("v: {{ .Params.v }}\n", text).unwrap(), json!({ "v": expected }), "{text:?}");
    }
}

#[test]
fn s59_integers_stay_integers() {
    let claims = json!({"n": 12_345_678, "f": 1.5, "big": 9_007_199_254_740_993_i64, "whole": 3.0});
    let data = Value::map([("Claims", Value::marked_json(&claims, &Source::new("claims")))]);
    let use_ = "i: {{ .Claims.n }}\nf: {{ .Claims.f }}\nbig: {{ .Claims.big }}\nw: {{ .Claims.whole }}\n";
    let expected = json!({"i": 12_345_678, "f": 1.5, "big": 9_007_199_254_740_993_i64, "w": 3});
    assert_eq!(tree_with(use_, &data).unwrap(), expected);
    let text = Template::parse("t", "{{ .Claims.n }} {{ .Claims.big }}", &ParseOptions::default()).unwrap();
    assert_eq!(text.render(&data, &RenderOptions::default()).unwrap(), "12345678 9007199254740993");
}

#[rstest]
#[case("{{ .Claims.none }}", "")]
#[case("{{ .Claims.none.deeper }}", "")]
#[case("a{{ .Claims.none }}b", "ab")]
#[case("{{ .Claims.null }}", "")]
#[case("{{ .Claims.null.deeper }}", "")]
#[case("{{ print .Claims.none }}", "")]
#[case("{{ printf \"%s-%v\" .Claims.none .Claims.none }}", "-")]
#[case("{{ .Claims.none | upper }}", "")]
#[case("{{ .Claims.null | trunc 3 }}", "")]
#[case("{{ .Claims.none | quote }}", "")]
#[case("{{ .Claims.none | default \"d\" }}", "d")]
#[case("{{ if .Claims.none }}y{{ else }}n{{ end }}", "n")]
#[case("{{ eq .Claims.none \"x\" }}", "false")]
#[case("{{ range .Claims.none }}y{{ else }}n{{ end }}", "n")]
#[case("{{ html .Claims.none }}", "")]
#[case("{{ .Params.none }}", "")]
fn s59_a_missing_claim_renders_empty(#[case] template: &str, #[case] expected: &str) {
    let claims = Value::from(json!({"null": null, "name": "Ann"}));
    let data = Value::map([("Claims", claims), ("Params", Value::string_map::<&str, &str>([]))]);
    let template = Template::parse("t", template, &ParseOptions::default()).unwrap();
    let options = RenderOptions::default().missing_key(MissingKey::Empty);
    assert_eq!(template.render(&data, &options).unwrap(), expected);
}

#[rstest]
#[case("{{ .Params.v }}: 1\n", "key")]
#[case("pre-{{ .Params.v }}: 1\n", "key")]
#[case("\"{{ .Params.v }}\": 1\n", "key")]
#[case("a: {{ .Params.v | quote }}\n{{ .Params.v | quote }}: 1\n", "key")]
#[case("{{ toJson (dict \"k\" .Params.v) }}: 1\n", "key")]
#[case("a: { {{ .Params.v }}: 1 }\n", "key")]
#[case("? {{ .Params.v }}\n: 1\n", "key")]
#[case("? [{{ .Params.v }}]\n: 1\n", "key")]
#[case("{{ print .Params.v \"x\" }}: 1\n", "key")]
#[case("a: &{{ .Params.v }} 1\n", "an anchor")]
#[case("a: &x{{ .Params.v }} 1\nb: 2\n", "an anchor")]
#[case("a: *{{ .Params.v }}\n", "an alias")]
#[case("a: !{{ .Params.v }} 1\n", "a tag")]
#[case("a: !!{{ .Params.v }} 1\n", "a tag")]
#[case("%TAG ! tag:{{ .Params.v }},2000:\n---\na: 1\n", "a directive")]
#[case("%{{ .Params.v }}\n---\na: 1\n", "a directive")]
#[case("a:\n  <<: {{ .Params.v }}\n", "merged")]
fn s25_structure_from_a_user_is_an_error_that_names_the_parameter(#[case] use_: &str, #[case] role: &str) {
    let error = tree(use_, BENIGN).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Structure, "{error}");
    assert!(error.is_yaml());
    assert!(error.message().contains("params.v"), "{error}");
    assert!(error.message().contains(role), "{error}");
}

#[test]
fn s25_an_entry_of_a_remembered_mapping_cannot_replace_a_key() {
    let claims = json!({"extra": {"image": "evil", "x": 1}});
    let data = Value::map([("Claims", Value::marked_json(&claims, &Source::new("claims.extra")))]);
    for use_ in [
        "image: good\n{{ toYaml .Claims.extra }}\n",
        "{{ toYaml .Claims.extra }}\nimage: good\n",
        "a: &a {image: good}\nb:\n  <<: *a\n  {{- toYaml .Claims.extra | nindent 2 }}\n",
        "b:\n  {{- toYaml .Claims.extra | nindent 2 }}\n  {{- toYaml .Claims.extra | nindent 2 }}\n",
    ] {
        let error = tree_with(use_, &data).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Structure, "{use_:?}: {error}");
        assert!(error.message().contains("claims.extra") && error.message().contains("image"), "{error}");
    }
    let fine = tree_with("b:\n  z: 2\n  {{- toYaml .Claims.extra | nindent 2 }}\nimage: good\n", &data).unwrap();
    assert_eq!(fine, json!({"b": {"z": 2, "image": "evil", "x": 1}, "image": "good"}));
}

#[test]
fn a_number_cannot_be_made_into_punctuation() {
    let use_ = "v: {{ range splitList \" \" .Params.v }}{{ printf \"%c\" (int .) }}{{ end }}\nimage: good\n";
    let spelled: Vec<String> = "x\nimage: evil".chars().map(|c| u32::from(c).to_string()).collect();
    let tree = tree(use_, &spelled.join(" ")).unwrap();
    assert_eq!(tree, json!({"v": "x\nimage: evil", "image": "good"}));
}

#[rstest]
#[case(DeclaredType::String, "007", json!("007"))]
#[case(DeclaredType::String, "true", json!("true"))]
#[case(DeclaredType::String, "", json!(""))]
#[case(DeclaredType::String, "\"q\"", json!("\"q\""))]
#[case(DeclaredType::Integer, "007", json!(7))]
#[case(DeclaredType::Integer, "-12", json!(-12))]
#[case(DeclaredType::Integer, "18446744073709551615", json!(18_446_744_073_709_551_615_u64))]
#[case(DeclaredType::Boolean, "true", json!(true))]
#[case(DeclaredType::Boolean, "false", json!(false))]
fn a_whole_scalar_takes_the_declared_type(#[case] declared: DeclaredType, #[case] text: &str, #[case] expected: Json) {
    let text = Text::marked(text, &Source::new("params.v").declared(declared));
    let data = Value::map([("Params", Value::string_map([("v", text)]))]);
    let tree = tree_with("v: {{ .Params.v }}\n", &data).unwrap();
    assert_eq!(tree, json!({ "v": expected }));
    let quoted = tree_with("v: \"{{ .Params.v }}\"\n", &data).unwrap();
    assert!(quoted["v"].is_string());
}

#[test]
fn marks_survive_from_one_template_to_the_next() {
    let first = Template::parse("url", "https://{{ .Params.v }}.example.com", &ParseOptions::default()).unwrap();
    let url = first.render_text(&params("x\nimage: evil"), &RenderOptions::default()).unwrap();
    assert!(url.is_marked());
    let data = Value::map([("URL", Value::from(url))]);
    let tree = tree_with("url: {{ .URL }}\nimage: good\n", &data).unwrap();
    assert_eq!(tree, json!({"url": "https://x\nimage: evil.example.com", "image": "good"}));
}

#[test]
fn an_empty_parameter_leaves_its_line_blank() {
    let tree = tree("a: 1\n{{ .Params.v }}\nb:\n  {{ .Params.v }}\nc: 2\n", "").unwrap();
    assert_eq!(tree, json!({"a": 1, "b": null, "c": 2}));
}

#[test]
fn errors_of_the_tree_point_into_the_template() {
    let error = tree("a: 1\nb: {{ .Params.v }}\n{{ .Params.v }}: 2\n", BENIGN).unwrap_err();
    assert_eq!((error.line(), error.column()), (3, 4), "{error}");
    let error = tree("a: 1\n  b: [\n", BENIGN).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Yaml);
    assert_eq!(error.line(), 2, "{error}");
    let error = tree("- a\n", BENIGN).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotMapping);
    assert_eq!(error.expected(), Some("a mapping at the top level"));
}

#[rstest]
#[case("")]
#[case("\n# nothing\n")]
#[case("{{ if false }}a: 1{{ end }}")]
#[case("---\n")]
#[case("null\n")]
fn a_text_without_content_is_null(#[case] use_: &str) {
    assert_eq!(tree(use_, BENIGN).unwrap(), Json::Null);
}

#[test]
fn what_to_yaml_wrote_stays_as_it_was_when_its_map_is_changed() {
    let tree = tree(
        "{{ $m := dict \"k\" .Params.v \"in\" (dict \"l\" .Params.v) }}{{ $before := toYaml $m }}{{ $json := toJson $m }}{{ $_ := set $m \"image\" \"evil\" }}{{ $_ := set $m.in \"l\" \"evil\" }}a:\n  {{- $before | nindent 2 }}\nb: {{ $json }}\nc:\n  {{- toYaml $m | nindent 2 }}\nimage: good\n",
        "x: y",
    );
    let before = json!({"k": "x: y", "in": {"l": "x: y"}});
    let after = json!({"k": "x: y", "in": {"l": "evil"}, "image": "evil"});
    assert_eq!(tree.unwrap(), json!({"a": before, "b": before, "c": after, "image": "good"}));
}

#[rstest]
#[case("base: &b\n  image: good\nv:\n  <<: *b\n  {{- toYaml .Claims.extra | nindent 2 }}\n")]
#[case("base: &b\n  {{- toYaml .Claims.extra | nindent 2 }}\nv:\n  image: good\n  <<: *b\n")]
#[case("v:\n  <<:\n    {{- toYaml .Claims.extra | nindent 4 }}\n  <<: {image: good}\n")]
#[case("v:\n  image: good\n  <<:\n    {{- toYaml .Claims.extra | nindent 4 }}\n")]
#[case("v: { {{ toYaml .Claims.extra }}, image: good }\n")]
#[case("v: { image: good, {{ toYaml .Claims.extra }} }\n")]
fn a_users_entry_never_replaces_the_authors(#[case] use_: &str) {
    let claims = json!({"extra": {"image": "evil"}});
    let data = Value::map([("Claims", Value::marked_json(&claims, &Source::new("claims.extra")))]);
    match tree_with(use_, &data) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::Structure, "{error}"),
        Ok(tree) => assert_eq!(tree["v"]["image"], "good", "{use_:?}: {tree}"),
    }
}

#[test]
fn aliases_do_not_repeat_long_text_beyond_the_bound() {
    for style in
        ["{{ .Params.v }}", "\"{{ .Params.v }}\"", "|\n  {{ .Params.v }}", "a{{ .Params.v }}", "{{ toJson .Params.v }}"]
    {
        let use_ = format!("a: &a {style}\nb: [{}*a]\n", "*a, ".repeat(2000));
        let error = tree(&use_, &"x".repeat(100_000)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{style:?}: {error}");
    }
}

#[rstest]
#[case("v: [{{ printf \"%#U\" (int .Params.v) }}, b]\n", "44", json!(["U+002C ','", "b"]))]
#[case("v: {{ printf \"%q\" (int .Params.v) }}\nw: 'x'\n", "39", json!("'\\''"))]
#[case("v: .{{ .Params.v }}\n", "inf", json!(".inf"))]
#[case("v: 0x{{ .Params.v }}\n", "1F", json!(31))]
#[case("v: {{ .Params.v }}{{ .Params.v }}\n", "", json!(null))]
fn numbers_and_words_cannot_spoil_the_text_around_them(#[case] use_: &str, #[case] text: &str, #[case] expected: Json) {
    assert_eq!(tree(use_, text).unwrap()["v"], expected, "{use_:?}");
}

/// Go's trees for an empty text in a block scalar or on its own line.
#[rstest]
#[case("v: |\n  {{ .Params.v }}\nw: 1\n", json!({"v": "", "w": 1}))]
#[case("v: |\n  x\n  {{ .Params.v }}\nw: 1\n", json!({"v": "x\n", "w": 1}))]
#[case("v: |-\n  {{ .Params.v }}\n  x\nw: 1\n", json!({"v": "\nx", "w": 1}))]
#[case("v: 1\n{{ .Params.v }}\nw: 1\n", json!({"v": 1, "w": 1}))]
fn an_empty_text_leaves_nothing_whatever_its_declared_type(#[case] use_: &str, #[case] expected: Json) {
    for declared in [None, Some(DeclaredType::Integer), Some(DeclaredType::Boolean)] {
        let source = Source::new("params.v");
        let source = declared.map_or_else(|| source.clone(), |declared| source.declared(declared));
        let data = Value::map([("Params", Value::string_map([("v", Text::marked("", &source))]))]);
        assert_eq!(tree_with(use_, &data).unwrap(), expected, "{use_:?} {declared:?}");
    }
}

/// Where nothing of a text is left, its place still is.
#[rstest]
#[case("v: [{{ .Params.v | trim }}, b]\n", " \r\n")]
#[case("v: [{{ printf \"%.0s\" .Params.v }}, b]\n", "x")]
#[case("v: [{{ .Params.v | trunc 0 }}, b]\n", "x")]
#[case("v: [{{ .Params.v | trimSuffix \"x\" }}, b]\n", "x")]
#[case("v: {{ tpl \"[{{ .Params.v }}, b]\" . }}\n", "<no value>")]
fn text_cut_to_nothing_stays_an_item(#[case] use_: &str, #[case] text: &str) {
    let template = Template::parse("values", use_, &ParseOptions::default().helm(true)).unwrap();
    let tree = template.render_tree(&params(text), &RenderOptions::default()).unwrap();
    assert_eq!(tree, json!({"v": [null, "b"]}), "{use_:?}");
}
