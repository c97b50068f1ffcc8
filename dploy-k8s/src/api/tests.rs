use serde_json::{Value, json};

use super::*;

/// Calls `visit` with the path and the schema of every property, item and map value below `schema`.
fn walk(path: &str, schema: &Value, visit: &mut dyn FnMut(&str, &Value)) {
    visit(path, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), property, visit);
    }
    for (part, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[part].is_object() {
            walk(&format!("{path}{suffix}"), &schema[part], visit);
        }
    }
}

fn walk_all(visit: &mut dyn FnMut(&str, &Value)) {
    for crd in crds() {
        let version = &crd.spec.versions[0];
        let schema = version.schema.as_ref().unwrap().open_api_v3_schema.as_ref().unwrap();
        walk(&crd.spec.names.kind, &serde_json::to_value(schema).unwrap(), visit);
    }
}

#[test]
fn every_field_is_described_on_one_line_per_paragraph() {
    walk_all(&mut |path, schema| {
        if path.ends_with("[]") || path.ends_with("{}") {
            return;
        }
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(description.len() > 10, "{path} has no description");
        assert!(!description.replace("\n\n", "").contains('\n'), "{path}: {description}");
    });
}

#[test]
fn every_string_list_and_map_is_bounded_and_no_field_may_be_null() {
    walk_all(&mut |path, schema| {
        if schema["x-kubernetes-int-or-string"] == true {
            let bounds = [&schema["maxLength"], &schema["minimum"], &schema["pattern"]];
            assert!(bounds.iter().all(|bound| !bound.is_null()), "{path} needs bounds of both");
            return;
        }
        assert!(schema["nullable"].is_null() && schema["type"].is_string(), "{path}: {schema}");
        match schema["type"].as_str().unwrap() {
            "string" if schema["enum"].is_null() && schema["format"].is_null() => {
                assert!(schema["maxLength"].is_number(), "{path} needs maxLength");
            }
            "array" => assert!(schema["maxItems"].is_number(), "{path} needs maxItems"),
            "object" if schema["properties"].is_null() => {
                assert!(schema["maxProperties"].is_number(), "{path} needs maxProperties");
            }
            "integer" if !path.contains(".conditions") => {
                assert!(schema["maximum"].is_number() && schema["minimum"].is_number(), "{path} needs bounds");
            }
            _ => {}
        }
    });
}

#[test]
fn of_what_the_original_knew_only_what_it_required_is_required() {
    let mut required = Vec::new();
    walk_all(&mut |path, schema| {
        let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        required.extend(names.filter(|_| !path.contains(".conditions")).map(|name| format!("{path}.{name}")));
    });
    required.retain(|path| !path.contains("Ref."));
    assert_eq!(
        required,
        [
            "DployTemplate.spec.chart",
            "DployTemplate.spec.chart.repoURL",
            "DployTemplate.spec.isolation.networkPolicy.egress[].to[].ipBlock.cidr",
            "DployTemplate.spec.isolation.networkPolicy.ingress[].from[].ipBlock.cidr",
            "DployTemplate.spec.parameters[].name",
            "DployTemplate.spec.pool.size",
            "DployInstanceClaim.spec.owner",
            "DployInstanceClaim.spec.templateRef",
            "DployInstance.spec.templateRef",
            "OperatorConfig.spec.defaults.isolation.networkPolicy.egress[].to[].ipBlock.cidr",
            "OperatorConfig.spec.defaults.isolation.networkPolicy.ingress[].from[].ipBlock.cidr",
        ]
    );
}

#[test]
fn the_configuration_and_the_chart_revision_have_no_schema_defaults() {
    walk_all(&mut |path, schema| {
        if path.starts_with("OperatorConfig") {
            assert!(schema["default"].is_null(), "{path}");
        }
        assert!(path != "DployTemplate.spec.chart.targetRevision" || schema["default"].is_null(), "{path}");
    });
}

#[test]
fn kubectl_shows_these_columns_and_knows_these_short_names() {
    let shown = crds().into_iter().map(|crd| {
        let columns = crd.spec.versions[0].additional_printer_columns.clone().unwrap();
        let expires = columns.iter().find(|column| column.name == "Expires");
        // A date column shows a time in the future as invalid.
        assert!(expires.is_none_or(|column| column.type_ == "string"));
        let columns: Vec<_> = columns.into_iter().map(|column| column.name).collect();
        (crd.spec.names.short_names.unwrap().join(","), columns.join(" "))
    });
    let expected = [
        ("dtpl", "Method Engine Enabled Available Age"),
        ("dclaim", "Template Owner Phase Reason Instance URL Expires Age"),
        ("dinst", "Template Owner Phase URL Expires Age"),
        ("opcfg", "Engine BaseDomain Age"),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected.map(|(name, columns)| (name.to_owned(), columns.to_owned())));
}

#[test]
fn an_object_without_spec_reads_as_one_with_the_default_spec() {
    let object = json!({ "apiVersion": "dploy.dev/v1alpha1", "kind": "any", "metadata": { "name": "x" } });
    let template: DployTemplate = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(template.spec, DployTemplateSpec::default());
    assert!(template.spec.enabled);
    let instance: DployInstance = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(instance.spec, DployInstanceSpec::default());
    let claim: DployInstanceClaim = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(claim.spec, DployInstanceClaimSpec::default());
    let config: OperatorConfig = serde_json::from_value(object).unwrap();
    assert_eq!(config.spec, OperatorConfigSpec::default());
}

#[test]
fn an_object_of_the_original_keeps_what_is_known_and_ignores_the_rest() {
    let instance: DployInstance = serde_json::from_value(json!({
        "apiVersion": "dploy.dev/v1alpha1",
        "kind": "DployInstance",
        "metadata": { "name": "alice-vscode" },
        "spec": { "templateRef": "vscode", "owner": "alice", "claims": { "sub": "1", "groups": ["a"] } },
        "status": { "phase": "Ready", "uuid": "a1b2c3d4", "sync": "Synced", "extendCount": 2 },
    }))
    .unwrap();
    assert_eq!(instance.spec.owner, "alice");
    assert_eq!(instance.spec.claims.as_ref().unwrap()["groups"], json!(["a"]));
    assert_eq!(instance.status.as_ref().unwrap().phase, Some(InstancePhase::Ready));
    let written = serde_json::to_value(&instance).unwrap();
    assert_eq!(written["status"], json!({ "phase": "Ready", "uuid": "a1b2c3d4" }));
    assert_eq!(written["spec"]["pooled"], Value::Null);
}

#[test]
fn what_is_written_is_read_back_unchanged() {
    let spec = json!({
        "enabled": false,
        "method": "pool",
        "pool": { "size": 3, "maxSize": 9, "recycle": false },
        "chart": { "type": "git", "repoURL": "https://example.com/charts.git", "path": "app", "ref": { "tag": "v1" } },
        "connectionURLTemplate": "https://{{ .Host }}",
        "ttl": { "seconds": -1, "extendSeconds": 60, "maxExtends": 0 },
        "claims": [],
    });
    let read: DployTemplateSpec = serde_json::from_value(spec.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), spec);
    assert_eq!(yaml_serde::from_str::<DployTemplateSpec>(&yaml_serde::to_string(&read).unwrap()).unwrap(), read);
}
