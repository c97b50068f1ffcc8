use std::fs;

use dploy_k8s::api::{DployInstance, DployInstanceClaim, DployTemplate, OperatorConfig};
use kube::{
    ResourceExt,
    api::{DynamicObject, Patch, PatchParams, ValidationDirective},
};
use rstest::rstest;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::server::server;

/// Every document of a sample file.
fn documents(file: &str) -> Vec<DynamicObject> {
    let text = fs::read_to_string(format!("{}/tests/samples/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    yaml_serde::Deserializer::from_str(&text).map(|one| DynamicObject::deserialize(one).unwrap()).collect()
}

#[rstest]
#[case("operator-config-documented.yaml")]
#[case("templates.yaml")]
#[case("instances.yaml")]
#[case("claims.yaml")]
#[tokio::test]
async fn the_documented_examples_and_the_originals_objects_apply(#[case] file: &str) {
    let Some(server) = server().await else { return };
    let mut params = PatchParams::apply("kubectl");
    params.field_validation = Some(ValidationDirective::Strict);
    for object in documents(file) {
        let (kind, name) = (object.types.clone().unwrap().kind, object.name_any());
        let applied = server.api(&kind).patch(&name, &params, &Patch::Apply(&object)).await;
        let applied = applied.unwrap_or_else(|error| panic!("{kind} {name}: {error}"));
        assert_type_loses_nothing(&kind, &applied.data["spec"]);
    }
}

/// What the API server stores, the Rust type of the kind reads and writes back, but for what is empty.
fn assert_type_loses_nothing(kind: &str, spec: &Value) {
    let whole = json!({ "apiVersion": "", "kind": kind, "metadata": {}, "spec": spec });
    let again = match kind {
        "DployTemplate" => again::<DployTemplate>(whole),
        "DployInstance" => again::<DployInstance>(whole),
        "DployInstanceClaim" => again::<DployInstanceClaim>(whole),
        _ => again::<OperatorConfig>(whole),
    };
    assert_eq!(without_empty(again["spec"].clone()), without_empty(spec.clone()), "{kind}");
}

fn again<K: Serialize + DeserializeOwned>(object: Value) -> Value {
    serde_json::to_value(serde_json::from_value::<K>(object).unwrap()).unwrap()
}

fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, without_empty(value)))
            .filter(|(_, value)| *value != json!("") && *value != json!(false))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(without_empty).collect(),
        other => other,
    }
}

#[test]
fn the_checked_in_definitions_are_what_the_code_says() {
    let folder = format!("{}/crds", env!("CARGO_MANIFEST_DIR"));
    let mut files = fs::read_dir(&folder).unwrap().count();
    for crd in dploy_k8s::crds() {
        let path = format!("{folder}/{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, yaml_serde::to_string(&crd).unwrap(), "{path} is stale: run cargo xtask crds");
        files -= 1;
    }
    assert_eq!(files, 0, "a file of {folder} belongs to no kind");
}
