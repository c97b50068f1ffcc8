//! One record as lines of key and value.

use serde_json::Value;

use super::{cell, lines_of, plain_table};

/// A line for each of the keys; what is nested stands below its key, named with dots.
pub(super) fn lines(record: &Value, keys: &[&str]) -> String {
    let mut rows = Vec::new();
    for key in keys {
        collect(&mut rows, key, record.get(key).unwrap_or(&Value::Null));
    }
    let mut table = plain_table();
    table.add_rows(rows);
    lines_of(&mut table)
}

fn collect(rows: &mut Vec<Vec<String>>, name: &str, value: &Value) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                collect(rows, &format!("{name}.{key}"), value);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                collect(rows, &format!("{name}.{at}"), item);
            }
        }
        Value::Object(_) => rows.push(vec![name.to_owned(), "-".to_owned()]),
        _ => rows.push(vec![name.to_owned(), cell(&serde_json::json!({ "value": value }), "value")]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn nested_values_stand_below_their_key() {
        let record = json!({"name": "web", "files": ["a", "b"], "now": {"staging": {"version": "v1"}}, "none": {}});
        assert_eq!(
            super::lines(&record, &["name", "files", "now", "none"]),
            "name                 web\nfiles                a,b\nnow.staging.version  v1\nnone                 -\n"
        );
    }
}
