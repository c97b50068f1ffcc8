//! What today's schema says of a spec that was stored under an older one.
//!
//! The API server leaves what is stored alone: it judges only what a write changes. So whatever an older version
//! accepted may be read, and what the schema would refuse today is told in a condition of the object.

use std::{collections::BTreeMap, sync::LazyLock};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinitionVersion, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::Resource;
use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use super::crds;

/// The schemas of all specs by kind; patterns are compiled once.
static SPECS: LazyLock<BTreeMap<String, Rules>> = LazyLock::new(|| {
    let spec = |version: &CustomResourceDefinitionVersion| {
        let root = version.schema.as_ref()?.open_api_v3_schema.as_ref()?;
        Some(Rules::of(root.properties.as_ref()?.get("spec")?))
    };
    crds().into_iter().filter_map(|crd| Some((crd.spec.names.kind, crd.spec.versions.iter().find_map(spec)?))).collect()
});

/// The first field of the spec of a `K` that today's bounds, patterns and choices refuse, and what they accept.
///
/// Rules in CEL are not looked at.
pub(crate) fn violation<K: Resource<DynamicType = ()>>(spec: &impl Serialize) -> Option<String> {
    let rules = SPECS.get(&*K::kind(&()))?;
    let spec = serde_json::to_value(spec).ok()?;
    rules.broken("spec", &spec)
}

/// What a schema says of a value.
struct Rules {
    /// The type in the words of JSON Schema; none where there are several.
    kind: Option<String>,
    choices: Vec<String>,
    length: (usize, usize),
    pattern: Option<Regex>,
    range: (f64, f64),
    entries: usize,
    required: Vec<String>,
    fields: BTreeMap<String, Rules>,
    each: Option<Box<Rules>>,
    /// The fields that tell the items of a list apart, none where it is the item itself.
    unique: Option<Vec<String>>,
}

impl Rules {
    fn of(schema: &JSONSchemaProps) -> Self {
        let size =
            |bound: Option<i64>, otherwise| bound.and_then(|bound| usize::try_from(bound).ok()).unwrap_or(otherwise);
        let items = schema.items.as_ref().and_then(|items| match items {
            JSONSchemaPropsOrArray::Schema(each) => Some(each),
            JSONSchemaPropsOrArray::Schemas(_) => None,
        });
        let values = schema.additional_properties.as_ref().and_then(|values| match values {
            JSONSchemaPropsOrBool::Schema(each) => Some(each),
            JSONSchemaPropsOrBool::Bool(_) => None,
        });
        let fields = schema.properties.iter().flatten();
        let keys = match schema.x_kubernetes_list_type.as_deref() {
            Some("set" | "map") => Some(schema.x_kubernetes_list_map_keys.clone().unwrap_or_default()),
            _ => None,
        };
        Self {
            kind: schema.type_.clone(),
            choices: schema.enum_.iter().flatten().map(|choice| text(&choice.0)).collect(),
            length: (size(schema.min_length, 0), size(schema.max_length, usize::MAX)),
            pattern: schema.pattern.as_deref().and_then(|pattern| Regex::new(pattern).ok()),
            range: (schema.minimum.unwrap_or(f64::MIN), schema.maximum.unwrap_or(f64::MAX)),
            entries: size(schema.max_items.or(schema.max_properties), usize::MAX),
            required: schema.required.clone().unwrap_or_default(),
            fields: fields.map(|(name, schema)| (name.clone(), Self::of(schema))).collect(),
            each: items.or(values).map(|each| Box::new(Self::of(each))),
            unique: keys,
        }
    }

    /// The first place at or below `path` that is refused, and what is accepted.
    fn broken(&self, path: &str, value: &Value) -> Option<String> {
        if let Some(kind) = self.kind.as_deref().filter(|kind| !is_of(kind, value)) {
            return Some(format!("{path} must be of type {kind}"));
        }
        match value {
            Value::String(given) => self.text(given),
            Value::Number(given) => self.number(given.as_f64()?),
            Value::Array(items) => return self.list(path, items),
            Value::Object(fields) => return self.object(path, fields),
            Value::Null | Value::Bool(_) => None,
        }
        .map(|accepted| format!("{path} must be {accepted}"))
    }

    fn text(&self, given: &str) -> Option<String> {
        let (length, (least, most)) = (given.chars().count(), self.length);
        if length < least {
            return Some(format!("at least {least} characters long"));
        }
        if length > most {
            return Some(format!("at most {most} characters long"));
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == given) {
            return Some(format!("one of {}", self.choices.join(", ")));
        }
        let pattern = self.pattern.as_ref().filter(|pattern| !pattern.is_match(given))?;
        Some(format!("text that matches {pattern}"))
    }

    fn number(&self, given: f64) -> Option<String> {
        let (least, most) = self.range;
        match given {
            given if given < least => Some(format!("at least {least}")),
            given if given > most => Some(format!("at most {most}")),
            _ => None,
        }
    }

    fn list(&self, path: &str, items: &[Value]) -> Option<String> {
        if items.len() > self.entries {
            return Some(format!("{path} must have at most {} items", self.entries));
        }
        let key = |item: &Value| match self.unique.as_deref() {
            Some([]) => Some(item.to_string()),
            Some(keys) => Some(keys.iter().map(|key| item.get(key).map(text).unwrap_or_default()).collect()),
            None => None,
        };
        let keys: Vec<_> = items.iter().filter_map(key).collect();
        let again = keys.iter().enumerate().find(|(at, key)| keys.iter().take(*at).any(|before| before == *key));
        if let Some((at, key)) = again {
            return Some(format!("{path}[{at}] must be another than {key}, which the list has already"));
        }
        let each = self.each.as_ref()?;
        items.iter().enumerate().find_map(|(at, item)| each.broken(&format!("{path}[{at}]"), item))
    }

    fn object(&self, path: &str, fields: &serde_json::Map<String, Value>) -> Option<String> {
        if fields.len() > self.entries {
            return Some(format!("{path} must have at most {} entries", self.entries));
        }
        if let Some(name) = self.required.iter().find(|name| !fields.contains_key(*name)) {
            return Some(format!("{path}.{name} must be given"));
        }
        fields.iter().find_map(|(name, value)| {
            let rules = self.fields.get(name).or(self.each.as_deref())?;
            rules.broken(&format!("{path}.{name}"), value)
        })
    }
}

/// Whether the value has that type of JSON Schema; nothing at all is absent, which is another rule's matter.
fn is_of(kind: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => kind == "number" || (kind == "integer" && number.as_i64().is_some()),
        Value::String(_) => kind == "string",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::api::{DployInstance, DployInstanceClaim, DployTemplate, OperatorConfig};

    #[test]
    fn every_pattern_of_every_schema_compiles() {
        let crds = crds();
        let text = serde_json::to_string(&crds).unwrap();
        let patterns = text.matches("\"pattern\":\"").count();
        fn count(rules: &Rules) -> usize {
            let below = rules.fields.values().chain(rules.each.as_deref()).map(count).sum::<usize>();
            below + usize::from(rules.pattern.is_some())
        }
        let status = "\"pattern\":\"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$\"";
        let in_status = text.matches(status).count() + text.matches("\"pattern\":\"^[0-9a-f]{8}$\"").count();
        assert_eq!(SPECS.values().map(count).sum::<usize>(), patterns - in_status);
    }

    fn template(patch: Value) -> Value {
        let mut spec = json!({ "enabled": true, "method": "on-demand", "chart": { "repoURL": "r", "path": "p" } });
        for (name, value) in patch.as_object().unwrap() {
            spec[name] = value.clone();
        }
        spec
    }

    #[rstest]
    #[case(json!({ "ttl": { "seconds": -5 } }), "spec.ttl.seconds must be at least -1")]
    #[case(json!({ "maxLifetimeSeconds": 0 }), "spec.maxLifetimeSeconds must be at least 1")]
    #[case(json!({ "description": "x".repeat(4_097) }), "spec.description must be at most 4096 characters long")]
    #[case(json!({ "valueFiles": [""] }), "spec.valueFiles[0] must be at least 1 characters long")]
    #[case(json!({ "valueFiles": vec!["a"; 257] }), "spec.valueFiles must have at most 256 items")]
    #[case(json!({ "provisionTimeout": "90" }), "spec.provisionTimeout must be text that matches ^(")]
    #[case(json!({ "enabled": "yes" }), "spec.enabled must be of type boolean")]
    #[case(json!({ "pool": { "size": 1.5 } }), "spec.pool.size must be of type integer")]
    #[case(json!({ "engine": "helmfile" }), "spec.engine must be one of argocd, flux")]
    #[case(json!({ "claims": ["a", "a"] }), "spec.claims[1] must be another than \"a\"")]
    #[case(json!({ "parameters": [{ "name": "a" }, { "name": "b" }, { "name": "a" }] }), "spec.parameters[2] must be another than a")]
    #[case(json!({ "chart": { "path": "p" } }), "spec.chart.repoURL must be given")]
    #[case(json!({ "isolation": { "resourceQuota": { "pods": "many" } } }), "spec.isolation.resourceQuota.pods must be text")]
    #[case(json!({ "isolation": { "resourceQuota": { "pods": -1 } } }), "spec.isolation.resourceQuota.pods must be at least 0")]
    fn what_the_schema_refuses_is_named_with_what_it_accepts(#[case] patch: Value, #[case] told: &str) {
        let found = violation::<DployTemplate>(&template(patch)).unwrap();
        assert!(found.starts_with(told), "{found}");
    }

    #[test]
    fn what_the_schema_accepts_is_no_violation() {
        assert_eq!(violation::<DployTemplate>(&template(json!({ "ttl": { "seconds": -1 } }))), None);
        let claims = json!({ "deep": [{ "a": null }, 1.5] });
        let instance = json!({ "templateRef": "t", "claims": claims, "params": { "a": "b" } });
        assert_eq!(violation::<DployInstance>(&instance), None);
        assert_eq!(violation::<DployInstanceClaim>(&json!({ "templateRef": "t", "owner": "alice" })), None);
        assert_eq!(violation::<OperatorConfig>(&json!({ "values": { "a": ["b"] } })), None);
        let owner = violation::<DployInstanceClaim>(&json!({ "templateRef": "t", "owner": "John Doe" })).unwrap();
        assert!(owner.starts_with("spec.owner must be text that matches"), "{owner}");
    }
}
