//! Fields that the API server would drop, or refuse under strict validation.

use dploy_k8s::api::DployTemplate;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt as _;
use serde_json::Value;

use crate::template::check::Problem;

/// The fields of a template that the schema does not know; its metadata is not looked at.
pub(super) fn unknown_fields(written: &Value) -> Vec<Problem> {
    let crd = DployTemplate::crd();
    let version = crd.spec.versions.first().and_then(|version| version.schema.as_ref());
    let root = version.and_then(|schema| schema.open_api_v3_schema.as_ref());
    let known = root.and_then(|root| root.properties.as_ref());
    let mut unknown = Vec::new();
    for (name, value) in written.as_object().into_iter().flatten() {
        match (name.as_str(), known.and_then(|known| known.get(name))) {
            ("spec", Some(schema)) => walk(value, schema, "", &mut unknown),
            ("apiVersion" | "kind" | "metadata" | "status", _) | (_, Some(_)) => (),
            (name, None) => unknown.push(name.to_owned()),
        }
    }
    unknown.into_iter().map(|path| Problem::new(path, "unknown field")).collect()
}

fn walk(value: &Value, schema: &JSONSchemaProps, path: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Object(entries) if schema.x_kubernetes_preserve_unknown_fields != Some(true) => {
            for (name, value) in entries {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let declared = schema.properties.as_ref().and_then(|properties| properties.get(name));
                match (declared, &schema.additional_properties) {
                    (Some(schema), _) => walk(value, schema, &path, unknown),
                    (None, Some(JSONSchemaPropsOrBool::Schema(schema))) => walk(value, schema, &path, unknown),
                    (None, Some(JSONSchemaPropsOrBool::Bool(true))) => (),
                    (None, _) => unknown.push(path),
                }
            }
        }
        Value::Array(items) => {
            let Some(JSONSchemaPropsOrArray::Schema(schema)) = &schema.items else { return };
            for (at, item) in items.iter().enumerate() {
                walk(item, schema, &format!("{path}[{at}]"), unknown);
            }
        }
        _ => (),
    }
}
