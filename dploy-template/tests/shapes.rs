//! The structure of a tree does not depend on what users supply: the usual
//! idioms with hostile texts, and random templates with random texts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod hostile;

use dploy_template::{DeclaredType, Error, ParseOptions, RenderOptions, Source, Template, Text, Value};
use hostile::{difference, long_texts};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value as Json, json};

/// Two texts without special characters.
const HARMLESS: [&str; 2] = ["safe", "mild"];

const KINDS: [Option<DeclaredType>; 4] =
    [None, Some(DeclaredType::String), Some(DeclaredType::Integer), Some(DeclaredType::Boolean)];

fn data(text: &str, declared: Option<DeclaredType>) -> Value {
    let source = Source::new("params.v");
    let source = declared.map_or_else(|| source.clone(), |declared| source.declared(declared));
    let claims = json!({"name": text, "groups": [text, "b"], "map": {"k": text, "l": [text]}});
    Value::map([
        ("Owner", Value::from("jane")),
        ("UUID", Value::from("a1b2c3d4")),
        ("Params", Value::string_map([("v", Text::marked(text, &source)), ("n", Text::marked("3", &source))])),
        ("Claims", Value::marked_json(&claims, &Source::new("claims"))),
    ])
}

fn tree(template: &str, text: &str, declared: Option<DeclaredType>) -> Result<Json, Error> {
    let options = ParseOptions::default().helm(true);
    let template = Template::parse("values", template, &options).unwrap_or_else(|error| panic!("{}", error.report()));
    template.render_tree(&data(text, declared), &RenderOptions::default())
}

fn texts() -> Vec<String> {
    hostile::TEXTS.iter().map(|text| (*text).to_owned()).chain(long_texts()).collect()
}

/// What the text becomes at `v`.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// Itself between these
    Between(&'static str, &'static str),
    /// Whatever a plain scalar of it is
    Any,
}

const ITSELF: Found = Found::Between("", "");

#[rstest]
#[case::bare("v: {{ .Params.v }}\n", Found::Any)]
#[case::bare_with_comment("v: {{ .Params.v }} # note {{ .Params.v }}\n", Found::Any)]
#[case::bare_below("v:\n  {{ .Params.v }}\n", Found::Any)]
#[case::bare_nindent("v:\n  {{- .Params.v | nindent 2 }}\n", Found::Any)]
#[case::parts("v: {{ .Params.v }}x\n", Found::Any)]
#[case::prefix("v: pre-{{ .Params.v }}\n", Found::Any)]
#[case::owner_and_uuid("v: {{ .Owner }}-{{ .UUID }}\nw: {{ .Params.v }}-{{ .UUID }}\n", Found::Any)]
#[case::two_on_a_line("v: {{ .Params.v }} {{ .Params.v }}\n", Found::Any)]
#[case::several_lines("v: a\n  {{ .Params.v }}\n  b\n", Found::Any)]
#[case::quoted("v: \"{{ .Params.v }}\"\n", ITSELF)]
#[case::quoted_parts("v: \"a {{ .Params.v }} b\" # c\n", Found::Between("a ", " b"))]
#[case::quoted_lines("v: \"a\n  {{ .Params.v }}\n  b\"\n", Found::Between("a ", " b"))]
#[case::single_quoted("v: 'it''s {{ .Params.v }}'\n", Found::Between("it's ", ""))]
#[case::quote("v: {{ .Params.v | quote }}\n", ITSELF)]
#[case::squote("v: {{ .Params.v | squote }}\n", Found::Any)]
#[case::printf_q("v: {{ printf \"%q\" .Params.v }}\n", ITSELF)]
#[case::printf("v: {{ printf \"%s-%v\" .Params.v .Owner }}\n", Found::Any)]
#[case::printf_in_quotes("v: \"{{ printf \"%s-%v\" .Params.v .Owner }}\"\n", Found::Between("", "-jane"))]
#[case::to_json("v: {{ .Params.v | toJson }}\n", ITSELF)]
#[case::to_json_in_block("v: |-\n  x {{ .Params.v | toJson }}\n", Found::Any)]
#[case::to_json_in_quotes("v: '{{ toJson .Claims.map }}'\n", Found::Any)]
#[case::to_json_of_a_map("v: {{ toJson .Claims.map }}\n", Found::Any)]
#[case::to_json_trimmed("v: {{ toJson .Claims.map | nindent 2 | trim }}\n", Found::Any)]
#[case::to_json_in_flow("v: [{{ toJson .Claims.map }}, {k: {{ toJson .Claims.groups }}}]\n", Found::Any)]
#[case::to_yaml("v: {{ toYaml .Params.v }}\n", ITSELF)]
#[case::to_yaml_of_a_map("v:\n  {{- toYaml .Claims.map | nindent 2 }}\n", Found::Any)]
#[case::to_yaml_deeper("v:\n  w:\n    {{- toYaml .Claims.map | nindent 4 }}\n  x: 1\n", Found::Any)]
#[case::to_yaml_indent("v:\n{{ toYaml .Claims.map | indent 2 }}\n  x: 1\n", Found::Any)]
#[case::to_yaml_trimmed("v:\n  {{ toYaml .Claims.map | indent 2 | trim }}\n  x: 1\n", Found::Any)]
#[case::to_yaml_of_a_list("v:\n{{ toYaml .Claims.groups }}\nw: 1\n", Found::Any)]
#[case::to_yaml_list_nindent("v:\n  - a\n  {{- toYaml .Claims.groups | nindent 2 }}\n  - z\n", Found::Any)]
#[case::to_yaml_in_a_list("v:\n  - {{ toYaml .Claims.map | nindent 4 }}\n  - z\n", Found::Any)]
#[case::to_yaml_in_block("v: |\n  {{- toYaml .Claims.map | nindent 2 }}\n", Found::Any)]
#[case::to_yaml_in_comment("# {{ toYaml .Claims.map }}\nv: 1\n", Found::Any)]
#[case::to_yaml_at_the_top("{{ toYaml .Claims.map }}\nv: 1\n", Found::Any)]
#[case::to_yaml_in_flow("v: { {{ toYaml .Claims.map }}, x: 1}\n", Found::Any)]
#[case::to_yaml_merged(
    "v:\n  <<: {{ toJson (dict \"q\" 1) }}\n  x: 1\nw:\n  <<:\n    {{- toYaml .Claims.map | nindent 4 }}\n  x: 1\n",
    Found::Any
)]
#[case::include_nindent(
    "{{ define \"t\" }}app: {{ .Owner }}\nuser: {{ .Params.v | quote }}{{ end }}v:\n  {{- include \"t\" . | nindent 2 }}\n",
    Found::Any
)]
#[case::include_block(
    "{{ define \"t\" }}l1 {{ .Params.v }}\nl2{{ end }}v: |\n  {{- include \"t\" . | nindent 2 }}\n",
    Found::Any
)]
#[case::include_to_yaml(
    "{{ define \"t\" }}{{ toYaml .Claims.map }}{{ end }}v:\n  {{- include \"t\" . | nindent 2 }}\n",
    Found::Any
)]
#[case::tpl("v: {{ tpl \"{{ .Params.v }}\" . }}\nw: {{ tpl \"{{ .Params.v | quote }}\" . }}\n", Found::Any)]
#[case::tpl_nindent("v:\n  {{- tpl \"a: {{ .Params.v }}\" . | nindent 2 }}\n", Found::Any)]
#[case::required("v: {{ required \"give v\" .Params.v | quote }}\n", ITSELF)]
#[case::range_split("v:\n{{ range splitList \"¤\" .Params.v }}  - {{ . }}\n{{ end }}", Found::Any)]
#[case::range_split_quoted("v:\n{{- range splitList \"¤\" .Params.v }}\n  - {{ . | quote }}\n{{- end }}\n", Found::Any)]
#[case::range_claims("v:\n{{ range .Claims.groups }}  - name: {{ . }}\n    x: \"{{ . }}\"\n{{ end }}", Found::Any)]
#[case::range_map("v:\n{{ range $k, $v := .Claims.map }}  - {{ $k }}: x\n{{ end }}".replace("{{ $k }}: x", "name: {{ $k }}").leak(), Found::Any)]
#[case::if_eq("{{ if eq .Params.v \"¤\" }}u: 1{{ else }}v: {{ .Params.v }}{{ end }}\n", Found::Any)]
#[case::arithmetic("v: {{ add (int .Params.n) 1 }}\nw: {{ mul (int .Params.n) 2 }}x{{ .Params.v }}\n", Found::Any)]
#[case::default_list(
    "v: {{ .Claims.none | default \"[]\" }}\nw: {{ .Params.v | default \"[]\" | quote }}\n",
    Found::Any
)]
#[case::ternary("v: {{ ternary .Params.v \"b\" true }}\n", Found::Any)]
#[case::ternary_quoted("v: \"{{ ternary .Params.v \"b\" true }}\"\n", ITSELF)]
#[case::with("{{ with .Params.v }}v: \"{{ . }}\"\n{{ end }}", ITSELF)]
#[case::literal("v: |\n  a {{ .Params.v }} b\n", Found::Between("a ", " b\n"))]
#[case::literal_strip("v: |-\n  {{ .Params.v }}x\n", Found::Between("", "x"))]
#[case::literal_keep("v: |+\n  x{{ .Params.v }}y\n\nw: 1\n", Found::Between("x", "y\n\n"))]
#[case::literal_digit("v: |2-\n    x{{ .Params.v }}y\n", Found::Between("  x", "y"))]
#[case::literal_comment("v: |- # {{ .Params.v }}\n  x{{ .Params.v }}y\n", Found::Between("x", "y"))]
#[case::literal_indent("v: |-\n{{ .Params.v | indent 2 }}\n", Found::Any)]
#[case::literal_nindent("v: |-\n  {{- .Params.v | nindent 2 }}x\n", Found::Between("", "x"))]
#[case::literal_alone("v: |\n  {{ .Params.v }}\nw: 1\n", Found::Any)]
#[case::folded("v: >-\n  a{{ .Params.v }}b\n  c\n", Found::Between("a", "b c"))]
#[case::folded_indent("v: >\n{{ .Params.v | indent 4 }}\n", Found::Any)]
#[case::list_items("v:\n  - {{ .Params.v }}\n  - k: {{ .Params.v }}\n    l: x\n  - - {{ .Params.v }}\n", Found::Any)]
#[case::flow("v: [{{ .Params.v }}, {k: {{ .Params.v }}, l: \"{{ .Params.v }}\"}, x]\n", Found::Any)]
#[case::flow_lines("v: [\n  {{ .Params.v }}, # {{ .Params.v }}\n  x\n]\n", Found::Any)]
#[case::flow_join("v: [{{ join \", \" (list \"a\" .Params.v \"b\") }}]\n", Found::Any)]
#[case::complex_key("? k\n: {{ .Params.v }}\nv: x\n", Found::Any)]
#[case::anchored("v: &a {{ .Params.v }}\nw: *a\nx: &b {k: {{ .Params.v }}}\ny:\n  <<: *b\n", Found::Any)]
#[case::tagged("v: !!str {{ .Params.v }}\n", Found::Any)]
#[case::documents("image: good\nv: {{ .Params.v }}\n---\nv: {{ .Params.v }}\n{{ .Params.v }}: 1\n", Found::Any)]
#[case::first_document("---\n# {{ .Params.v }}\nv: {{ .Params.v }}\nimage: good\n...\n{{ .Params.v }}\n", Found::Any)]
#[case::directive("%YAML 1.1\n---\nv: \"{{ .Params.v }}\"\n", ITSELF)]
#[case::byte_order_mark("\u{feff}v: \"{{ .Params.v }}\"\nw: {{ .Params.v }}\n", ITSELF)]
#[case::carriage_returns("v: \"{{ .Params.v }}\"\r\nw: {{ .Params.v }}\r\nx: |\r\n  {{ .Params.v }}z\r\n", ITSELF)]
#[case::tabs("v:\t\"{{ .Params.v }}\"\t# {{ .Params.v }}\nw:\t{{ .Params.v }}\t\n", ITSELF)]
#[case::separators("v: \"{{ .Params.v }}\"\nw: a\u{2028}{{ .Params.v }}\u{85}b\n", ITSELF)]
#[case::stand_ins_of_the_author(
    "v: \"{{ .Params.v }}\"\nQzaaaaaaaaaaaa: Qzaaaaaaaaaaaa\nw: Qzaaaaab{{ .Params.v }}\n",
    ITSELF
)]
#[case::trunc("v: {{ .Params.v | trunc 63 | trimSuffix \"-\" }}\n", Found::Any)]
#[case::lower("v: {{ .Params.v | lower | replace \" \" \"-\" | quote }}\n", Found::Any)]
fn hostile_text_in_the_usual_idioms(#[case] template: &str, #[case] found: Found) {
    // In a text of several documents the first one counts.
    let template = if template.contains("image:") {
        template.to_owned()
    } else {
        format!("{}\nimage: good\n", template.trim_end_matches('\n'))
    };
    let template = template.as_str();
    for declared in KINDS {
        let harmless = HARMLESS.map(|text| {
            tree(template, text, declared).unwrap_or_else(|error| panic!("{template:?}: {}", error.report()))
        });
        assert_eq!(harmless[0]["image"], "good");
        for text in texts() {
            check(template, &text, declared, [&harmless[0], &harmless[1]], found);
        }
    }
}

fn check(template: &str, text: &str, declared: Option<DeclaredType>, harmless: [&Json; 2], found: Found) {
    let shown: String = text.chars().take(60).collect();
    let tree = tree(template, text, declared)
        .unwrap_or_else(|error| panic!("{template:?} with {shown:?} {declared:?}: {}", error.report()));
    if let Some(difference) = difference(harmless, &tree) {
        panic!("{template:?} with {shown:?} {declared:?}: {difference}\n{tree}");
    }
    if let Found::Between(before, after) = found {
        assert_eq!(tree["v"], format!("{before}{text}{after}"), "{template:?} with {shown:?} {declared:?}");
    }
}

/// How the template's author writes the text of a user.
const EXPRESSIONS: [&str; 16] = [
    ".Params.v",
    ".Params.v | quote",
    ".Params.v | squote",
    ".Params.v | trim",
    ".Params.v | upper",
    ".Params.v | toJson",
    ".Params.v | toYaml",
    "printf \"%q\" .Params.v",
    "printf \"%s: %10v\" .Params.v .Params.v",
    "print .Params.v 1",
    "join \", \" (list .Params.v \"x\")",
    "toJson .Claims.map",
    "toJson .Claims.groups | trim",
    "index .Claims.groups 0",
    "default \"d\" .Claims.map.k",
    "html .Params.v",
];

/// Scalars with `@` for an expression; `+` for the indentation of their lines.
const SCALARS: [&str; 26] = [
    "good",
    "\"good\"",
    "@",
    "@ # @",
    "x@",
    "@ x",
    "a @\n+b @ c\n+d",
    "\"@\"",
    "\"a @\n+b\" # c",
    "'@'",
    "'a ''@'",
    "|\n+@x",
    "|-\n+x\n+@",
    "|+\n+x @ y\n",
    "|  # @\n\n+a\n+  @\n+b",
    ">\n+a @\n+b",
    ">-\n+  x@",
    "[@, good]",
    "{k: @, l: good}",
    "[\"@\", [@, {m: x@}]]",
    "\n+@",
    "&a@ good",
    "!!str @",
    "\n+- @\n+- good",
    "\n+- k: @\n+  l: good\n+-\n+  @",
    "\n+? c\n+: @",
];

fn scalar() -> impl Strategy<Value = String> {
    let expression = prop::sample::select(&EXPRESSIONS[..]);
    (prop::sample::select(&SCALARS[..]), prop::collection::vec(expression, 4)).prop_map(|(scalar, expressions)| {
        let mut expressions = expressions.into_iter().cycle();
        scalar
            .replace("&a@", "&a")
            .split('@')
            .map(str::to_owned)
            .reduce(|text, part| format!("{text}{{{{ {} }}}}{part}", expressions.next().unwrap()))
            .unwrap()
    })
}

/// A mapping whose values are scalars and mappings.
fn template() -> impl Strategy<Value = String> {
    let entries = prop::collection::vec((scalar(), any::<bool>()), 1..5);
    (entries, prop::bool::weighted(0.2)).prop_map(|(entries, carriage_returns)| {
        let mut text = String::new();
        let mut indent = 0;
        for (number, (scalar, deeper)) in entries.into_iter().enumerate() {
            let pad = " ".repeat(indent);
            if deeper {
                text.push_str(&format!("{pad}m{number}:\n"));
                indent += 2;
            }
            let pad = " ".repeat(indent);
            text.push_str(&format!("{pad}k{number}: {}\n", scalar.replace('+', &format!("{pad}  "))));
        }
        text.push_str("image: good\n");
        if carriage_returns { text.replace('\n', "\r\n") } else { text }
    })
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(&hostile::TEXTS[..]).prop_map(str::to_owned),
        "[ -~]{0,6}",
        "[\\n\\r\\t :#'\"{}\\[\\],&*!|>%@`?-]{1,5}",
        "(?s).{0,4}",
    ];
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_in_random_templates(template in template(), text in any_text(), kind in 0..KINDS.len()) {
        let declared = KINDS[kind];
        let harmless = HARMLESS.map(|text| tree(&template, text, declared));
        if let [Ok(one), Ok(two)] = &harmless {
            check(&template, &text, declared, [one, two], Found::Any);
        }
    }
}
