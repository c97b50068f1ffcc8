use serde_json::{Map, Value};

use crate::{
    json::Json,
    yaml::{Content, Limits, Node, Position, documents},
};

/// The values that every chart gets; the file cannot set them.
const INJECTED: [&str; 3] = ["username", "uuid", "ingressHost"];

/// Where something is wrong, if that is known, and what.
type Problem = (Option<Position>, String);

/// Reads extra values: a map, or the text of one.
pub(super) fn read(node: &Node) -> Result<Json, Problem> {
    match &node.content {
        Content::Null => Ok(Json::object()),
        Content::Text(text) => {
            let limits = Limits { documents: 1, ..Limits::default() };
            let document = documents(text.as_bytes(), &limits).next().transpose();
            let document = document.map_err(|error| (None, format!("must be the text of a YAML map: {error}")))?;
            match document {
                None => Ok(Json::object()),
                Some(inner) => map(&inner).map_err(|(_, problem)| (None, problem)),
            }
        }
        _ => map(node),
    }
}

fn map(node: &Node) -> Result<Json, Problem> {
    let Content::Map(entries) = &node.content else {
        return match node.content {
            Content::Null => Ok(Json::object()),
            _ => Err((None, format!("must be a YAML map, or the text of one, not {}", node.kind()))),
        };
    };
    match entries.iter().find(|entry| INJECTED.contains(&entry.key.as_str())) {
        Some(entry) => {
            let known = INJECTED.join(", ");
            Err((Some(entry.key_at), format!("must not set \"{}\": every chart gets {known}", entry.key)))
        }
        None => Ok(node.to_json()),
    }
}

/// `extra` with the placeholders in its texts replaced, and the injected values.
pub(super) fn composed(extra: &Json, injected: &[(&str, &str)]) -> Json {
    let mut all: Map<String, Value> =
        injected.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    if let Value::Object(extra) = replaced(extra.as_value(), injected) {
        all.extend(extra);
    }
    Json::from(Value::Object(all))
}

fn replaced(value: &Value, injected: &[(&str, &str)]) -> Value {
    match value {
        Value::String(text) => Value::String(filled(text, injected)),
        Value::Array(items) => items.iter().map(|item| replaced(item, injected)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (filled(key, injected), replaced(value, injected))).collect()
        }
        other => other.clone(),
    }
}

/// One pass, so that what is put in is never read again; any other `${…}` stays as it is.
fn filled(text: &str, injected: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            injected.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, tail))
        });
        match known {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
