//! Bounds and schemas that the kinds share. CEL rules have a cost budget that the API server estimates from the
//! sizes a schema allows, so every string, list and map has a bound.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::{Schema, SchemaGenerator, json_schema, transform::transform_subschemas};
use serde_json::{Map, Value};

/// Longest name of an object, of a parameter or of a token claim.
pub(crate) const NAME: u32 = 253;
/// Longest DNS-1123 label, which namespaces and owners are.
pub(crate) const LABEL: u32 = 63;
/// Longest uid of an object (Kubernetes uses 36 characters).
pub(crate) const UID: u32 = 128;
/// Longest text that is not a template.
pub(crate) const TEXT: u32 = 4096;
/// Longest template, and longest text that a template renders to.
pub(crate) const TEMPLATE: u32 = 65_536;
/// Longest duration.
pub(crate) const DURATION: u32 = 32;
/// Longest message of a condition, as Kubernetes bounds it.
pub(crate) const MESSAGE: u32 = 32_768;
/// Most entries of a list or a map.
pub(crate) const ENTRIES: u32 = 256;
/// Largest integer, which every JSON reader keeps exactly (2^53 - 1).
pub(crate) const INTEGER: i64 = 9_007_199_254_740_991;

/// A Go duration of whole or decimal numbers with the units that Flux accepts.
pub(crate) const DURATION_PATTERN: &str = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$";
/// A DNS-1123 label.
pub(crate) const LABEL_PATTERN: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// A DNS-1123 subdomain.
pub(crate) const NAME_PATTERN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A DNS-1123 label, or nothing.
pub(crate) const OPTIONAL_LABEL_PATTERN: &str = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$";
/// 8 hexadecimal digits.
pub(crate) const HEX_8: &str = "^[0-9a-f]{8}$";
/// 16 hexadecimal digits.
pub(crate) const HEX_16: &str = "^[0-9a-f]{16}$";
/// 64 hexadecimal digits.
pub(crate) const HEX_64: &str = "^[0-9a-f]{64}$";

/// An object with entries of any kind, kept as written.
pub(crate) fn free_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": ENTRIES,
        "x-kubernetes-preserve-unknown-fields": true,
    })
}

/// Most rules, peers, ports, labels or resources of an isolation profile.
pub(crate) const FEW: u32 = 32;
/// A Kubernetes quantity that is not negative.
const QUANTITY_PATTERN: &str = r"^[+]?([0-9]+|[0-9]+\.[0-9]*|\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|([eE][-+]?[0-9]+))?$";

/// Amounts by resource: numbers or quantities.
pub(crate) fn amounts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": FEW,
        "additionalProperties": {
            "anyOf": [{ "type": "integer" }, { "type": "string" }],
            "maxLength": 32,
            "minimum": 0,
            "pattern": QUANTITY_PATTERN,
            "x-kubernetes-int-or-string": true,
        },
    })
}

/// Labels by name, as a selector compares them.
pub(crate) fn labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": FEW,
        "additionalProperties": {
            "type": "string",
            "maxLength": LABEL,
            "pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
        },
    })
}

/// A port by its number, 1 to 65535, or by the name that a pod gives it.
pub(crate) fn port(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "integer" }, { "type": "string" }],
        "maximum": 65535,
        "minimum": 1,
        "maxLength": 15,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        "x-kubernetes-int-or-string": true,
    })
}

/// A map from text to text.
pub(crate) fn text_map(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": ENTRIES,
        "additionalProperties": { "type": "string", "maxLength": TEXT },
    })
}

/// A set of names: no two are equal.
pub(crate) fn name_set(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": ENTRIES,
        "items": { "type": "string", "minLength": 1, "maxLength": NAME },
        "x-kubernetes-list-type": "set",
    })
}

/// Conditions as Kubernetes defines them, keyed by type, with its bounds, which the schema of the Go type carries
/// but its Rust counterpart does not.
pub(crate) fn conditions(generator: &mut SchemaGenerator) -> Schema {
    let mut condition = generator.subschema_for::<Condition>();
    for (field, keyword, bound) in [
        ("message", "maxLength", Value::from(MESSAGE)),
        ("reason", "maxLength", 1024.into()),
        ("reason", "minLength", 1.into()),
        ("reason", "pattern", "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$".into()),
        ("status", "enum", Value::from(vec!["True", "False", "Unknown"])),
        ("type", "maxLength", 316.into()),
        ("observedGeneration", "minimum", 0.into()),
    ] {
        if let Some(property) = condition
            .get_mut("properties")
            .and_then(|properties| properties.get_mut(field))
            .and_then(Value::as_object_mut)
        {
            property.insert(keyword.to_owned(), bound);
        }
    }
    json_schema!({
        "type": "array",
        "maxItems": 32,
        "items": condition,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
    })
}

/// Prepares the schema of a spec or status for the API server: optional means absent, and a description is one line
/// per paragraph, which is what `kubectl explain` wraps.
pub(crate) fn conform(schema: &mut Schema) {
    transform_subschemas(&mut conform, schema);
    let Some(object) = schema.as_object_mut() else { return };
    forbid_null(object);
    if let Some(Value::String(description)) = object.get_mut("description") {
        let paragraphs = description.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
        *description = paragraphs.collect::<Vec<_>>().join("\n\n");
    }
}

/// A property that may be `null` would pass `has()` in a rule and then fail every comparison.
fn forbid_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type") != Some(&Value::from("null")));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            // What stands beside the choice (the field's own description) is more particular.
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}
