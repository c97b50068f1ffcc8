//! What the fuzz targets do with an input; a test does it with their corpus.
#![allow(dead_code, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../hostile/mod.rs"]
mod hostile;

use std::str::FromStr as _;

use dploy_template::{
    DeclaredType, Error, ErrorKind, Limits, MissingKey, ParseOptions, RenderOptions, Source, Template, Text, Value,
};
use hostile::difference;
use serde_json::{Value as Json, json};

/// Small bounds, so that an input is done within milliseconds.
const LIMITS: Limits = Limits { steps: 20_000, output_bytes: 1 << 16, value_bytes: 1 << 16, depth: 60 };

/// Parts of an input end with this byte.
const END: u8 = 0x1e;

/// A template's text: it parses, or the error names a place in it.
pub(crate) fn parse(input: &[u8]) {
    let Some((options, text)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    match Template::parse("t", &text, &ParseOptions::default().helm(options & 1 == 1)) {
        Ok(template) => {
            let _ = (template.references(), template.keys_of("Claims"), template.mentions("Params"));
        }
        Err(error) => check_place(&error, &text),
    }
}

/// Options, data in JSON and a template's text: it renders to the same bytes
/// twice, or to an error that names a place.
pub(crate) fn render(input: &[u8]) {
    let Some((options, rest)) = input.split_first() else { return };
    let (first, second) = halves(rest);
    let (data, text) = (data(&String::from_utf8_lossy(first)), String::from_utf8_lossy(second));
    let parse = ParseOptions::default().helm(options & 4 == 4);
    let template = match Template::parse("t", &text, &parse) {
        Ok(template) => template,
        Err(error) => return check_place(&error, &text),
    };
    let options = self::options(*options);
    let once = template.render_bytes(&data, &options);
    if let Err(error) = &once {
        check_place(error, &text);
    }
    let again = template.render_bytes(&data, &options);
    match (&once, &again) {
        (Ok(once), Ok(again)) => assert_eq!(once, again, "{text:?}"),
        (Err(once), Err(again)) => assert_eq!(once.to_string(), again.to_string(), "{text:?}"),
        (once, again) => panic!("{text:?}: {once:?}, then {again:?}"),
    }
}

/// Expressions that look at nothing but give text, so that structure cannot
/// depend on it by the author's wish.
const EXPRESSIONS: [&str; 32] = [
    ".Params.v",
    ".Params.v | quote",
    ".Params.v | squote",
    ".Params.v | trim",
    ".Params.v | upper",
    ".Params.v | toJson",
    ".Params.v | toYaml",
    ".Params.v | indent 2",
    ".Params.v | nindent 2",
    ".Params.v | nindent 4",
    ".Params.v | b64enc",
    ".Params.v | trunc 5",
    "printf \"%q\" .Params.v",
    "printf \"%s: %10v\" .Params.v .Params.v",
    "printf \"%.3s|%-8s|\" .Params.v .Params.v",
    "print .Params.v 1",
    "join \", \" (list .Params.v \"x\")",
    "toJson .Claims.map",
    "toJson .Claims.groups | trim",
    "toYaml .Claims.map",
    "toYaml .Claims.map | nindent 2",
    "toYaml .Claims.map | indent 2 | trim",
    "toYaml .Claims.groups | nindent 2",
    "toYaml .Claims.groups",
    "index .Claims.groups 0",
    "default \"d\" .Claims.map.k",
    "html .Params.v",
    "ternary .Params.v .Params.other true",
    "list .Params.v .Params.other",
    "dict \"k\" .Params.v",
    "tpl \"a: {{ .Params.v }}\\nb: {{ .Params.other | quote }}\" . | nindent 2",
    "include \"part\" .",
];

const PART: &str = "{{ define \"part\" }}p: {{ .Params.v }}\nq: \"{{ .Params.v }}\"{{ end }}";

/// Options, a user's text, another one, and YAML with expressions: whatever
/// the texts are, the structure is the one that harmless texts leave.
pub(crate) fn render_tree(input: &[u8]) {
    let Some((options, rest)) = input.split_first() else { return };
    let (first, rest) = halves(rest);
    let (second, pieces) = halves(rest);
    let texts = [String::from_utf8_lossy(first), String::from_utf8_lossy(second)];
    let text = yaml(pieces);
    let parse = ParseOptions::default().helm(true);
    let Ok(template) = Template::parse("t", &text, &parse) else { return };
    let declared = [None, Some(DeclaredType::String), Some(DeclaredType::Integer), Some(DeclaredType::Boolean)];
    let declared = declared[usize::from(options >> 4 & 3)];
    let options = self::options(*options);
    let tree = |one: &str, two: &str| template.render_tree(&users_data([one, two], declared), &options);
    let found = tree(&texts[0], &texts[1]);
    if let Err(error) = &found {
        check_place(error, &text);
    }
    let limited = |result: &Result<Json, Error>| matches!(result, Err(error) if error.kind() == ErrorKind::Limit);
    let harmless = [tree("safe", "mild"), tree("calm", "tame")];
    // What the author tags as a number or the like has to be one. Empty text leaves its line blank.
    let excused = text.contains('!') || texts.iter().any(|text| text.trim().is_empty());
    if excused || limited(&found) || harmless.iter().any(limited) {
        return;
    }
    match (&harmless, &found) {
        ([Ok(one), Ok(two)], Ok(found)) => {
            if let Some(difference) = difference([one, two], found) {
                panic!("{text:?} with {texts:?}: {difference}\n{found}");
            }
        }
        ([Ok(_), Ok(_)], Err(error)) => panic!("{text:?} with {texts:?}: {}", error.report()),
        // Text that is all there is may say that there is nothing.
        ([Err(error), _], Ok(Json::Null)) if error.kind() == ErrorKind::NotMapping => {}
        ([Err(error), _], Ok(found)) => panic!("{text:?} with {texts:?}: {found}, but harmless: {}", error.report()),
        _ => {}
    }
}

/// YAML in which each byte from 0x80 on stands for an expression. It has no
/// actions of its own.
fn yaml(pieces: &[u8]) -> String {
    let mut text = String::new();
    for byte in pieces {
        match byte {
            0x80.. => {
                let expression = EXPRESSIONS[usize::from(byte & 0x1f)];
                let lead = if text.ends_with('{') { " " } else { "" };
                let open = if byte & 0x20 == 0 { "{{ " } else { "{{- " };
                text.push_str(&format!("{lead}{open}{expression} }}}}"));
            }
            b'{' if text.ends_with('{') => text.push_str(" {"),
            byte => text.push(char::from(*byte)),
        }
    }
    text + PART
}

fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    let at = input.iter().position(|byte| *byte == END).unwrap_or(input.len());
    (&input[..at], input.get(at + 1..).unwrap_or_default())
}

fn options(bits: u8) -> RenderOptions {
    let missing = [MissingKey::Default, MissingKey::Zero, MissingKey::Error, MissingKey::Empty];
    let now = jiff::Timestamp::from_str("2026-07-01T12:30:45.678Z").unwrap();
    RenderOptions::new(now, [bits; 32]).missing_key(missing[usize::from(bits & 3)]).limits(LIMITS)
}

/// Data of JSON, of a user below `Params` and `Claims`; without JSON, data of
/// every kind.
fn data(text: &str) -> Value {
    if let Ok(Json::Object(entries)) = serde_json::from_str::<Json>(text) {
        let source = Source::new("data");
        return Value::map(entries.iter().map(|(name, value)| match name.as_str() {
            "Params" | "Claims" => (name, Value::marked_json(value, &source)),
            _ => (name, Value::from(value)),
        }));
    }
    let source = Source::new("text");
    Value::map([
        ("text", Value::marked_string(text, &source)),
        ("n", Value::from(3)),
        ("f", Value::from(1.5)),
        ("list", Value::list([Value::from("b"), Value::from("a"), Value::Nil, Value::from(2)])),
        ("texts", Value::strings(["x", "y", text])),
        ("map", Value::map([("k", Value::marked_string(text, &source)), ("l", Value::list([Value::from(true)]))])),
        ("strings", Value::string_map([("a", text)])),
        ("object", Value::object("main.T", [("Name", Value::from("n")), ("Any", Value::Nil)])),
        ("time", Value::from(jiff::Timestamp::UNIX_EPOCH)),
        ("pointer", Value::pointer("main.T", None)),
    ])
}

fn users_data(texts: [&str; 2], declared: Option<DeclaredType>) -> Value {
    let source = |label: &str| {
        let source = Source::new(label);
        declared.map_or_else(|| source.clone(), |declared| source.declared(declared))
    };
    let claims = json!({"groups": texts, "map": {"k": texts[0], "l": [texts[1], {"m": texts[0]}]}});
    Value::map([
        (
            "Params",
            Value::string_map([
                ("v", Text::marked(texts[0], &source("params.v"))),
                ("other", Text::marked(texts[1], &source("params.other"))),
            ]),
        ),
        ("Claims", Value::marked_json(&claims, &Source::new("claims"))),
    ])
}

/// An error names a place in the text, and can be shown.
fn check_place(error: &Error, text: &str) {
    let lines = text.split('\n').count();
    assert!((1..=lines).contains(&error.line()), "{error} in {text:?}");
    let line = text.split('\n').nth(error.line() - 1).unwrap_or_default();
    assert!((1..=line.chars().count() + 1).contains(&error.column()), "{error} in {text:?}");
    assert!(!error.message().is_empty() && error.report().contains('^'), "{error}");
}
