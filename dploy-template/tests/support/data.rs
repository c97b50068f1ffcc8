//! The data of cases: the same notation and the same fixture as the Go program's.

use dploy_template::{Source, Text, Value};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

/// The data that cases render with which bring none.
pub(crate) fn fixture() -> Value {
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
        ("st", chart()),
        ("ptr", Value::pointer("main.Sub", Some(sub("p", 2)))),
        ("time", Value::from("2009-11-10T23:04:05.123456789Z".parse::<Timestamp>().unwrap())),
        ("mm", Value::list([Value::map([("x", Value::from(1))]), Value::map([("x", Value::from(2))])])),
    ])
}

fn sub(name: &str, n: i64) -> Value {
    Value::object("main.Sub", [("Name", Value::from(name)), ("N", Value::from(n))])
}

fn chart() -> Value {
    Value::object_with_json(
        "main.Chart",
        [
            ("RepoURL", "repoURL", Value::from("https://x")),
            ("Count", "count", Value::from(2)),
            ("Labels", "labels", Value::string_map([("app", "web")])),
            ("Any", "any", Value::Nil),
            ("Ptr", "ptr", Value::pointer("main.Sub", Some(sub("sub", 1)))),
            ("NilPtr", "nilPtr", Value::pointer("main.Sub", None)),
        ],
    )
}

/// Data from its notation. What stands under `Params` and `Claims` is a user's when `marked`.
pub(crate) fn read(json: &Json, marked: bool) -> Value {
    let Some(fields) = json.as_object().filter(|fields| typed(fields).is_none()) else {
        return build(json, None);
    };
    Value::map(fields.iter().map(|(name, value)| {
        let source = marked && matches!(name.as_str(), "Params" | "Claims");
        (name.as_str(), build(value, source.then(|| Source::new(name.to_lowercase())).as_ref()))
    }))
}

fn build(json: &Json, source: Option<&Source>) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(b) => Value::from(*b),
        Json::Number(number) if number.is_f64() => Value::from(number.as_f64().unwrap()),
        Json::Number(number) => Value::from(number.as_i64().expect("an integer literal has 63 bits")),
        Json::String(string) => Value::from(text(string.as_bytes(), source)),
        Json::Array(items) => Value::list(items.iter().map(|item| build(item, source))),
        Json::Object(fields) => match typed(fields) {
            Some((kind, value)) => build_typed(kind, value, source),
            None => {
                Value::map(fields.iter().map(|(name, value)| (text(name.as_bytes(), source), build(value, source))))
            }
        },
    }
}

fn typed(fields: &Map<String, Json>) -> Option<(&str, &Json)> {
    let (name, value) = fields.iter().next()?;
    (fields.len() == 1).then_some(())?;
    Some((name.strip_prefix('$')?, value))
}

fn build_typed(kind: &str, json: &Json, source: Option<&Source>) -> Value {
    let strings = || json.as_array().unwrap().iter().map(|item| text(item.as_str().unwrap().as_bytes(), source));
    match kind {
        "int64" => Value::Int64(json.as_i64().unwrap()),
        "uint64" => Value::Uint64(json.as_u64().unwrap()),
        "float64" => Value::from(json.as_str().unwrap().parse::<f64>().unwrap()),
        "bytes" => Value::from(text(&bytes(json.as_str().unwrap()), source)),
        "strings" => Value::strings(strings()),
        "stringmap" => {
            let entries = json.as_object().unwrap().iter();
            Value::string_map(
                entries.map(|(name, value)| (name.as_str(), text(value.as_str().unwrap().as_bytes(), source))),
            )
        }
        "ints" => Value::ints(json.as_array().unwrap().iter().map(|item| item.as_i64().unwrap())),
        "template" => template(json),
        "time" => Value::from(json.as_str().unwrap().parse::<Timestamp>().unwrap()),
        other => panic!("unknown type ${other}"),
    }
}

/// The struct of dploy's template objects; what is left out is zero.
fn template(json: &Json) -> Value {
    let meta = &json["metadata"];
    let promoted = [
        ("Name", string(&meta["name"])),
        ("Labels", string_map(&meta["labels"])),
        ("Annotations", string_map(&meta["annotations"])),
    ];
    let own = [("ObjectMeta", Value::object("v1.ObjectMeta", promoted.clone())), ("Spec", spec(&json["spec"]))];
    Value::object("v1alpha1.DployTemplate", promoted.into_iter().chain(own))
}

fn spec(json: &Json) -> Value {
    let strings =
        |names: &[&'static str]| names.iter().map(|name| (*name, string(&json[lower(name)]))).collect::<Vec<_>>();
    let whole = |json: &Json| Value::from(json.as_i64().unwrap_or_default());
    let flag = |json: &Json| Value::from(json.as_bool().unwrap_or_default());
    let group = |name: &str, kind: &str, fields: &[&'static str], make: &dyn Fn(&Json) -> Value| {
        Value::object(kind, fields.iter().map(|field| (*field, make(&json[name][lower(field)]))))
    };
    let chart = group("chart", "v1alpha1.ChartSpec", &["Type", "RepoURL", "Path", "Chart", "TargetRevision"], &string);
    let ttl = group("ttl", "v1alpha1.TTLSpec", &["Seconds", "ExtendSeconds", "MaxExtends"], &whole);
    let mut fields = strings(&[
        "DisplayName",
        "Description",
        "Icon",
        "Category",
        "OwnerClaim",
        "Method",
        "Engine",
        "ValuesTemplate",
    ]);
    fields.extend(strings(&["ConnectionURLTemplate", "ConnectionMessageTemplate", "ConnectionType"]));
    fields.extend([
        ("Enabled", flag(&json["enabled"])),
        ("Visible", flag(&json["visible"])),
        ("Chart", chart),
        ("TTL", ttl),
    ]);
    Value::object("v1alpha1.DployTemplateSpec", fields)
}

/// The JSON name of a field.
fn lower(name: &str) -> String {
    if name.chars().all(char::is_uppercase) { name.to_lowercase() } else { name[..1].to_lowercase() + &name[1..] }
}

fn string(json: &Json) -> Value {
    Value::from(json.as_str().unwrap_or_default())
}

fn string_map(json: &Json) -> Value {
    let entries = json.as_object().into_iter().flatten();
    Value::string_map(entries.map(|(name, value)| (name.as_str(), value.as_str().unwrap())))
}

fn text(content: &[u8], source: Option<&Source>) -> Text {
    source.map_or_else(|| Text::from(content), |source| Text::marked(content, source))
}

/// The bytes that hexadecimal digits tell.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
