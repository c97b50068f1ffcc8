use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{assert_refused, server};

const KIND: &str = "OperatorConfig";

#[rstest]
#[case::engine(json!({ "defaultEngine": "helmfile" }), &["spec.defaultEngine", r#""argocd", "flux""#])]
#[case::connection_type(json!({ "defaultConnectionType": "ssh" }), &["spec.defaultConnectionType", r#""web", "instructions""#])]
#[case::interval(json!({ "flux": { "interval": "often" } }), &["spec.flux.interval", "ms|s|m|h"])]
#[case::flux_namespace(json!({ "flux": { "namespace": "Flux" } }), &["spec.flux.namespace", "[a-z0-9]"])]
#[case::argocd_namespace(json!({ "argocd": { "namespace": "a.b" } }), &["spec.argocd.namespace", "[a-z0-9]"])]
#[case::ttl(json!({ "defaults": { "ttlSeconds": -2 } }), &["spec.defaults.ttlSeconds", "greater than or equal to -1"])]
#[case::extend_seconds(json!({ "defaults": { "extendSeconds": -1 } }), &["spec.defaults.extendSeconds", "greater than or equal to 0"])]
#[case::isolation(json!({ "defaults": { "isolation": { "level": "strict" } } }), &["spec.defaults.isolation.level", r#""none", "privileged""#])]
#[case::values(json!({ "values": "x" }), &["spec.values", "object"])]
#[case::long_url_template(json!({ "connectionURLTemplate": "x".repeat(65_537) }), &["spec.connectionURLTemplate", "65536"])]
#[case::no_spec(Value::Null, &["spec: Required value", "spec is required"])]
#[tokio::test]
async fn a_configuration_is_refused(#[case] spec: Value, #[case] words: &[&str]) {
    let Some(server) = server().await else { return };
    assert_refused(server.try_create(KIND, &spec).await, words);
}

#[tokio::test]
async fn a_configuration_gets_no_defaults_so_that_absent_means_absent() {
    let Some(server) = server().await else { return };
    let spec = json!({ "flux": {}, "argocd": {}, "defaults": {}, "values": { "deep": { "list": [1, 2.5, null] } } });
    let created = server.try_create(KIND, &spec).await.unwrap();
    assert_eq!(created.data["spec"], spec);
}
