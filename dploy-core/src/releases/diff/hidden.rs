//! Hides what Secrets hold.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

const HIDDEN: &str = "(hidden)";
const CHANGED: &str = "(hidden, changed)";
/// Where `kubectl apply` keeps a copy of the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A manifest of a Secret inside a text, in YAML or in JSON.
static MANIFEST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"kind["']?\s*:\s*["']?Secret\b"#).ok());

/// Hides the values of `value`; `before` is what stood in its place, with nothing hidden.
pub(super) fn hide(value: &mut Value, before: Option<&Value>) {
    match value {
        Value::String(text) if holds_secret(text) => conceal(value, before),
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                hide(item, before.and_then(|before| before.get(at)));
            }
        }
        Value::Object(map) => {
            let kind = map.get("kind").and_then(Value::as_str).map(str::to_owned);
            let is_secret = kind.as_deref() == Some("Secret");
            let patches_secret = map.get("target").and_then(|target| target.get("kind")?.as_str()) == Some("Secret");
            for (key, value) in map.iter_mut() {
                let before = before.and_then(|before| before.get(key));
                match key.as_str() {
                    "data" | "stringData" if is_secret => each(value, before, conceal),
                    "metadata" if is_secret => metadata(value, before),
                    "patch" if patches_secret => conceal(value, before),
                    "items" if kind.as_deref() == Some("SecretList") => each(value, before, item),
                    "secretGenerator" => each(value, before, generator),
                    _ => hide(value, before),
                }
            }
        }
        _ => {}
    }
}

/// Without the expression, which is tested, every text counts as one that must be hidden.
fn holds_secret(text: &str) -> bool {
    MANIFEST.as_ref().is_none_or(|manifest| manifest.is_match(text))
}

fn conceal(value: &mut Value, before: Option<&Value>) {
    let changed = before.is_some_and(|before| before != value);
    *value = if changed { CHANGED } else { HIDDEN }.into();
}

/// Applies `to` to the values of a map or list; anything else, which should not be there, is hidden whole.
fn each(value: &mut Value, before: Option<&Value>, to: fn(&mut Value, Option<&Value>)) {
    match value {
        Value::Object(map) => {
            map.iter_mut().for_each(|(key, value)| to(value, before.and_then(|before| before.get(key))));
        }
        Value::Array(items) => {
            let places = items.iter_mut().enumerate();
            places.for_each(|(at, value)| to(value, before.and_then(|before| before.get(at))));
        }
        Value::Null => {}
        _ => conceal(value, before),
    }
}

/// An item of a list of Secrets, which need not say again what it is.
fn item(value: &mut Value, before: Option<&Value>) {
    if let Some(map) = value.as_object_mut() {
        map.entry("kind").or_insert_with(|| "Secret".into());
    }
    hide(value, before);
}

fn metadata(value: &mut Value, before: Option<&Value>) {
    if let Some(copy) = value.get_mut("annotations").and_then(|annotations| annotations.get_mut(LAST_APPLIED)) {
        conceal(copy, before.and_then(|before| before.get("annotations")?.get(LAST_APPLIED)));
    }
}

/// A generator of kustomize: its literals are `key=value`.
fn generator(value: &mut Value, before: Option<&Value>) {
    if let Some(literals) = value.get_mut("literals") {
        each(literals, before.and_then(|before| before.get("literals")), literal);
    }
}

fn literal(value: &mut Value, before: Option<&Value>) {
    let key = value.as_str().and_then(|text| text.split_once('=')).map(|(key, _)| key.to_owned());
    conceal(value, before);
    if let (Some(key), Value::String(text)) = (key, value) {
        *text = format!("{key}={text}");
    }
}
