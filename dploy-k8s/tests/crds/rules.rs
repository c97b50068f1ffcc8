//! Walks the schemas: every rule with a value that breaks it, so that a new rule has its refused case at once.

use serde_json::{Map, Value, json};

use crate::server::merged;

/// One step from a schema to one below it.
#[derive(Clone)]
enum Step {
    Field(String),
    Item,
    Entry,
}

/// A place in the objects of a kind.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    /// The schema of `spec` or `status`.
    root: &'a Value,
    steps: Vec<Step>,
    /// The schema at this place.
    pub(crate) schema: &'a Value,
    /// As the API server names it.
    pub(crate) path: String,
}

/// A value that breaks one rule.
pub(crate) struct Breach {
    /// The keyword of the rule.
    pub(crate) keyword: &'static str,
    /// `spec` or `status` with that value.
    pub(crate) value: Value,
    /// What the refusal has to contain: the field, and what is accepted.
    pub(crate) words: Vec<String>,
}

/// Every place below `spec` or `status`, itself first.
pub(crate) fn places<'a>(name: &str, root: &'a Value) -> Vec<Place<'a>> {
    let mut all = Vec::new();
    walk(Place { root, steps: Vec::new(), schema: root, path: name.to_owned() }, &mut all);
    all
}

fn walk<'a>(place: Place<'a>, all: &mut Vec<Place<'a>>) {
    all.push(place.clone());
    for (name, schema) in place.schema["properties"].as_object().into_iter().flatten() {
        walk(place.below(Step::Field(name.clone()), schema, &format!(".{name}")), all);
    }
    for (part, step, suffix) in [("items", Step::Item, "[0]"), ("additionalProperties", Step::Entry, ".k")] {
        if place.schema[part].is_object() {
            walk(place.below(step, &place.schema[part], suffix), all);
        }
    }
}

impl<'a> Place<'a> {
    /// The whole object.
    pub(crate) fn whole(schema: &'a Value) -> Self {
        Self { root: schema, steps: Vec::new(), schema, path: String::new() }
    }

    fn below(&self, step: Step, schema: &'a Value, suffix: &str) -> Self {
        let steps = self.steps.iter().cloned().chain([step]).collect();
        Self { root: self.root, steps, schema, path: format!("{}{suffix}", self.path) }
    }

    /// `base`, a spec or status, with `value` here.
    pub(crate) fn put(&self, base: &Value, value: &Value) -> Value {
        put(self.root, &self.steps, Some(base.clone()), &|_| value.clone())
    }

    /// `base`, a spec or status, with `patch` merged into what is here.
    pub(crate) fn merge(&self, base: &Value, patch: &Value) -> Value {
        put(self.root, &self.steps, Some(base.clone()), &|here| merged(here, patch))
    }

    /// What breaks each rule of this place, but for rules in CEL, in an object that is `base` otherwise.
    pub(crate) fn breaches(&self, base: &Value) -> Vec<Breach> {
        let at = |keyword, value: &Value, accepted: String| Breach {
            keyword,
            value: self.put(base, value),
            words: vec![self.path.clone(), accepted],
        };
        let mut found = Vec::new();
        if let Some((wrong, accepted)) = wrong_type(self.schema).filter(|_| !self.steps.is_empty()) {
            found.push(at("type", &wrong, accepted));
        }
        for (keyword, rule) in self.schema.as_object().into_iter().flatten() {
            if let Some((keyword, wrong, accepted)) = wrong(keyword, rule, self.schema) {
                found.push(at(keyword, &wrong, accepted));
            }
        }
        for name in self.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let value = self.merge(base, &json!({ name: null }));
            found.push(Breach { keyword: "required", value, words: vec![format!("{}.{name}: Required", self.path)] });
        }
        found
    }
}

fn put(schema: &Value, steps: &[Step], base: Option<Value>, leaf: &dyn Fn(Value) -> Value) -> Value {
    match steps.split_first() {
        None => leaf(base.unwrap_or_else(|| sample(schema))),
        Some((Step::Field(name), rest)) => {
            let mut object = base.unwrap_or_else(|| sample(schema));
            let below = object.get(name).cloned();
            object[name] = put(&schema["properties"][name], rest, below, leaf);
            object
        }
        Some((Step::Item, rest)) => json!([put(&schema["items"], rest, None, leaf)]),
        Some((Step::Entry, rest)) => json!({ "k": put(&schema["additionalProperties"], rest, None, leaf) }),
    }
}

/// The least that a schema accepts.
fn sample(schema: &Value) -> Value {
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    match schema["type"].as_str() {
        Some("string") if schema["format"] == "date-time" => json!("2026-01-01T00:00:00Z"),
        Some("string") if schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("]+/[")) => {
            json!("10.0.0.0/8")
        }
        Some("string") => json!("a"),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required.map(|name| (name.to_owned(), sample(&schema["properties"][name]))).collect::<Map<_, _>>().into()
        }
        _ => json!(1),
    }
}

fn wrong_type(schema: &Value) -> Option<(Value, String)> {
    let Some(kind) = schema["type"].as_str() else {
        return (schema["x-kubernetes-int-or-string"] == true).then(|| (json!(true), "must be of type".to_owned()));
    };
    let wrong = if kind == "string" { json!(7) } else { json!("x") };
    let kind = if schema["format"] == "date-time" { "date-time" } else { kind };
    Some((wrong, format!("must be of type {kind}")))
}

/// What breaks `rule`, and what the refusal says is accepted.
fn wrong(keyword: &str, rule: &Value, schema: &Value) -> Option<(&'static str, Value, String)> {
    let whole = || rule.as_f64().unwrap_or_default() as i64;
    let many = || usize::try_from(whole()).unwrap() + 1;
    Some(match keyword {
        "enum" => {
            let words: Vec<_> = rule.as_array()?.iter().map(Value::to_string).collect();
            ("enum", json!("nonsense"), words.join(", "))
        }
        "minLength" => ("minLength", json!(""), format!("at least {} chars", whole())),
        "maxLength" => ("maxLength", json!("1".repeat(many())), whole().to_string()),
        "pattern" => ("pattern", json!("!"), format!("should match '{}'", rule.as_str()?)),
        "minimum" => ("minimum", json!(whole() - 1), "greater than or equal to".to_owned()),
        "maximum" => ("maximum", json!(whole() + 1), "less than or equal to".to_owned()),
        "maxItems" => ("maxItems", vec![sample(&schema["items"]); many()].into(), whole().to_string()),
        "maxProperties" => {
            let value = if schema["additionalProperties"].is_object() {
                sample(&schema["additionalProperties"])
            } else {
                json!("v")
            };
            let entries: Map<_, _> = (0..many()).map(|number| (format!("k{number}"), value.clone())).collect();
            ("maxProperties", entries.into(), whole().to_string())
        }
        "format" if rule == "date-time" => ("format", json!("tomorrow"), "date-time".to_owned()),
        "x-kubernetes-list-type" if rule == "set" || rule == "map" => {
            ("list-type", vec![sample(&schema["items"]); 2].into(), "Duplicate value".to_owned())
        }
        _ => return None,
    })
}

/// The keywords that say what is accepted and that [`Place::breaches`] knows how to break.
pub(crate) const BREAKABLE: &[&str] = &[
    "type",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "maxItems",
    "maxProperties",
    "required",
    "x-kubernetes-list-type",
];
/// The keywords that refuse nothing by themselves, or belong to one of the others.
pub(crate) const HARMLESS: &[&str] = &[
    "description",
    "title",
    "default",
    "format",
    "nullable",
    "properties",
    "items",
    "additionalProperties",
    "anyOf",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];
