//! No function loses sight of what a user supplied: every function is called
//! with pairs of marked arguments, and whatever of its result depends on them
//! must be marked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;

use dploy_template::{FunctionInfo, ParseOptions, RenderOptions, Source, Template, Text, Value, functions};

/// Pairs of texts that some function accepts and answers differently to.
const PAIRS: [(&str, &str); 17] = [
    ("va lue", "ot her"),
    ("1.2.3-x", "2.0.1-y"),
    ("42", "43"),
    ("[\"x\"]", "[\"y\", \"z\"]"),
    ("{\"a\": \"x\"}", "{\"b\": \"y\"}"),
    ("aGVsbG8=", "d29ybGQ="),
    ("NBSWY3DP", "O5XXE3DE"),
    ("https://u:p@h/x?y#z", "http://v:q@i/w?z#a"),
    ("2006-01-02", "2006/01/02"),
    ("UTC", "Europe/Berlin"),
    ("1h", "2h"),
    ("a+", "[a-z]"),
    ("a", "l"),
    ("17", "20"),
    ("k: x", "l: y"),
    ("fooBar_baz", "barFoo-baz"),
    ("long", "basic"),
];

/// Functions that have no answer to show: they fail, or want what no text is.
const WITHOUT_ANSWER: [&str; 6] = ["call", "env", "expandenv", "fail", "getHostByName", "lookup"];

/// Functions that leave some of the author's entries out, as a user's text
/// says: no text of the user is in what is left.
const CHOOSING: [&str; 5] = ["mustWithout", "pick", "pluck", "unset", "without"];

/// Calls of functions that want more than any text at some place.
const FITTING: [&str; 6] = [
    "dig \"a\" \"d\" .m.map",
    "dig \"x\" .m.text .p.map",
    "include \"part\" .m.text",
    "index .m.keys .m.text",
    "index .m.list 0",
    "index .m.map \"a\"",
];

/// Types whose values are numbers, whatever they were made of.
const NUMBERS: [&str; 12] = [
    "bool",
    "int",
    "int64",
    "int32",
    "uint8",
    "uint32",
    "uint64",
    "float64",
    "time.Time",
    "time.Duration",
    "[]int",
    "<nil>",
];

/// The ways to give a text where a parameter of this type is wanted: names of
/// entries of the data. Numbers and the like are always the same.
fn ways(parameter: &str) -> &'static [&'static str] {
    match parameter {
        "interface {}" => &["text", "list", "map", "keys", "nested"],
        "string" => &["text"],
        "[]string" => &["texts"],
        "[]interface {}" => &["list"],
        "map[string]interface {}" => &["map", "keys"],
        _ => &[],
    }
}

fn constant(parameter: &str) -> &'static str {
    match parameter {
        "bool" => "true",
        "int" | "int64" | "uint32" => "2",
        "float64" => "1.5",
        "time.Time" => "now",
        "sprig.certificate" => "(genCA \"ca\" 1)",
        _ => "nil",
    }
}

fn forms(text: &Text) -> Value {
    let string = || Value::String(text.clone());
    Value::map([
        ("text", string()),
        ("texts", Value::strings([text.clone(), Text::from("b")])),
        ("list", Value::list([string(), Value::from("b")])),
        ("map", Value::map([("a", string())])),
        (
            "keys",
            Value::Map(match Value::map([(text.clone(), Value::from("b"))]) {
                Value::Map(dict) => dict,
                _ => unreachable!(),
            }),
        ),
        ("nested", Value::list([Value::map([("a", Value::list([string()]))])])),
    ])
}

/// What an expression gives: all of it, its type, and its entries.
struct Answer {
    whole: Text,
    kind: String,
    parts: Vec<Text>,
}

fn render(template: &str, data: &Value) -> Option<Text> {
    let template = &format!("{template}{{{{ define \"part\" }}}}{{{{ . }}}}{{{{ end }}}}");
    let template = Template::parse("t", template, &ParseOptions::default().helm(true)).ok()?;
    template.render_text(data, &RenderOptions::default()).ok()
}

fn answer(expression: &str, data: &Value) -> Option<Answer> {
    let whole = render(&format!("{{{{ {expression} }}}}"), data)?;
    let kind = render(&format!("{{{{ printf \"%T\" ({expression}) }}}}"), data)?.to_string_lossy().into_owned();
    let part = |variable: &str, number: usize| {
        let head = "{{ $at := 0 }}{{ range $key, $item :=";
        let body = format!(
            "{{{{ if eq (print $at) \"{number}\" }}}}{{{{ {variable} }}}}{{{{ end }}}}{{{{ $at = add $at 1 }}}}"
        );
        render(&format!("{head} {expression} }}}}{body}{{{{ end }}}}"), data)
    };
    let collection = whole.is_marked() && (kind.starts_with('[') || kind.starts_with("map["));
    let parts = if collection {
        (0..2).flat_map(|number| [part("$key", number), part("$item", number)]).map(Option::unwrap_or_default).collect()
    } else {
        Vec::new()
    };
    Some(Answer { whole, kind, parts })
}

/// What leaks in this call; none where it cannot be called so.
fn leak(function: &FunctionInfo, expression: &str, fixed: &str, pair: (&str, &str)) -> Option<Option<String>> {
    let data = |text: &str| {
        let marked = Text::marked(text, &Source::new("params.v"));
        Value::map([("m", forms(&marked)), ("p", forms(&Text::from(fixed)))])
    };
    let (one, two) = (answer(expression, &data(pair.0))?, answer(expression, &data(pair.1))?);
    if CHOOSING.contains(&function.name) {
        let holds =
            |answer: &Answer, text: &str| !answer.whole.is_marked() && answer.whole.to_string_lossy().contains(text);
        let held = fixed != pair.0 && fixed != pair.1 && (holds(&one, pair.0) || holds(&two, pair.1));
        return Some(held.then(|| format!("{expression} with {pair:?}: {:?} and {:?}", one.whole, two.whole)));
    }
    let leaks =
        |one: &Text, two: &Text| one != two && ![one, two].iter().any(|text| text.is_marked() || text.is_empty());
    if !NUMBERS.contains(&&*one.kind) && leaks(&one.whole, &two.whole) {
        return Some(Some(format!("{expression} with {pair:?}: {:?} and {:?}", one.whole, two.whole)));
    }
    let numbers = |text: &Text| {
        text.to_string_lossy().parse::<f64>().is_ok() || matches!(&*text.to_string_lossy(), "true" | "false")
    };
    let mut parts =
        one.parts.iter().zip(&two.parts).filter(|(one, two)| leaks(one, two) && !(numbers(one) && numbers(two)));
    Some(parts.next().map(|(one, two)| format!("{expression} with {pair:?}: part {one:?} and {two:?}")))
}

/// The calls of a function with a marked argument at one place and others at
/// the rest.
fn calls(function: &FunctionInfo) -> Vec<String> {
    let mut parameters: Vec<&str> = function.parameters.iter().map(String::as_str).collect();
    let rest = parameters.last().and_then(|last| last.strip_prefix("..."));
    if let Some(rest) = rest {
        parameters.pop();
        parameters.extend([rest, rest]);
    }
    let own = |call: &&&str| call.split(' ').next() == Some(function.name);
    let mut calls: Vec<String> = FITTING.iter().filter(own).map(|call| (*call).to_owned()).collect();
    for marked in 0..parameters.len() {
        let mut heads = vec![function.name.to_owned()];
        for (at, parameter) in parameters.iter().enumerate() {
            let known = ways(parameter);
            let arguments: Vec<String> = if known.is_empty() {
                vec![constant(parameter).to_owned()]
            } else if at == marked {
                known.iter().map(|way| format!(".m.{way}")).collect()
            } else {
                known.iter().map(|way| format!(".p.{way}")).take(2).collect()
            };
            heads = heads
                .iter()
                .flat_map(|head| arguments.iter().map(move |argument| format!("{head} {argument}")))
                .collect();
        }
        calls.extend(heads.into_iter().filter(|call| call.contains(".m.")));
    }
    calls.dedup();
    calls
}

/// Whether the function takes any text at all.
fn takes_text(function: &FunctionInfo) -> bool {
    function.parameters.iter().any(|parameter| !ways(parameter.trim_start_matches("...")).is_empty())
}

/// These want keys and ciphertexts, and take seconds; `tests/crypto.rs` proves
/// their marks.
fn is_cryptographic(function: &FunctionInfo) -> bool {
    function.family == "cryptography"
}

#[test]
fn whatever_depends_on_marked_text_is_marked() {
    let mut leaks = Vec::new();
    let mut silent = BTreeSet::new();
    let all_functions = functions(true);
    for function in all_functions.iter().filter(|function| takes_text(function) && !is_cryptographic(function)) {
        let mut all = 0;
        for call in calls(function) {
            let others = if call.contains(".p.") { PAIRS.len() } else { 1 };
            let tries = PAIRS.iter().flat_map(|pair| PAIRS.iter().take(others).map(move |(fixed, _)| (*pair, *fixed)));
            let answers = tries.filter_map(|(pair, fixed)| leak(function, &call, fixed, pair)).take(3);
            for found in answers {
                all += 1;
                leaks.extend(found);
            }
        }
        if all == 0 && !WITHOUT_ANSWER.contains(&function.name) {
            silent.insert(function.name);
        }
    }
    let names: BTreeSet<String> = leaks.iter().filter_map(|leak| leak.split(' ').next()).map(str::to_owned).collect();
    leaks.truncate(60);
    assert!(leaks.is_empty(), "{names:?}:\n{}", leaks.join("\n"));
    assert!(silent.is_empty(), "no call of these succeeds: {silent:?}");
}
