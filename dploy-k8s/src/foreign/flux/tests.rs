use kube::Resource;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn digest(values: Value) -> String {
    serde_json::from_value::<Values>(values).unwrap().digest()
}

#[rstest]
#[case::order(json!({"a": 1, "b": 2}), serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap())]
#[case::whole_float(json!({"a": 1}), json!({"a": 1.0}))]
#[case::negative_zero(json!({"a": 0}), json!({"a": -0.0}))]
#[case::exponent(json!({"a": [1000]}), serde_json::from_str(r#"{"a":[1e3]}"#).unwrap())]
#[case::beyond_64_bits(json!({"a": u64::MAX}), json!({"a": 18_446_744_073_709_551_615.0}))]
fn equal_values_have_equal_digests(#[case] left: Value, #[case] right: Value) {
    assert_eq!(digest(left), digest(right));
}

#[rstest]
#[case::number_and_text(json!({"a": 1}), json!({"a": "1"}))]
#[case::null_and_absent(json!({"a": null}), json!({}))]
#[case::list_order(json!({"a": [1, 2]}), json!({"a": [2, 1]}))]
#[case::nesting(json!({"a": {"b": 1}, "c": 2}), json!({"a": {"b": 1, "c": 2}}))]
#[case::fraction(json!({"a": 1.5}), json!({"a": 1}))]
#[case::quote(json!({"a\":1,\"b": 1}), json!({"a": 1, "b": 1}))]
fn different_values_have_different_digests(#[case] left: Value, #[case] right: Value) {
    assert_ne!(digest(left), digest(right));
}

#[test]
fn trimming_keeps_what_is_compared_and_drops_what_is_big() {
    let mut live: HelmRelease = serde_json::from_value(json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": { "name": "a", "managedFields": [{ "manager": "x" }] },
        "spec": { "interval": "5m", "values": { "replicas": 1.0 }, "suspend": true },
        "status": { "observedGeneration": 2, "history": [{ "name": "a" }] },
    }))
    .unwrap();
    live.trim();
    assert!(live.metadata.managed_fields.is_none());
    assert_eq!(live.spec.values.as_ref().unwrap().digest(), digest(json!({ "replicas": 1 })));
    assert_eq!(live.status.as_ref().unwrap().observed_generation, Some(2));
    let again: HelmRelease = serde_json::from_value(serde_json::to_value(&live).unwrap()).unwrap();
    assert_eq!(again.spec, live.spec);
}

#[test]
fn values_that_are_no_mapping_can_be_read() {
    for values in [json!([1]), json!(true), json!("x")] {
        let spec: HelmReleaseSpec = serde_json::from_value(json!({ "interval": "1m", "values": values })).unwrap();
        assert!(spec.values.is_some());
    }
}

#[test]
fn only_what_is_set_is_written() {
    let release = HelmReleaseSpec {
        chart: Some(HelmChartTemplate {
            spec: HelmChartTemplateSpec {
                chart: "app".to_owned(),
                source_ref: SourceReference {
                    kind: HelmRepository::kind(&()).into_owned(),
                    name: "charts".to_owned(),
                    namespace: None,
                },
                ..HelmChartTemplateSpec::default()
            },
        }),
        interval: "5m".to_owned(),
        install: Some(Install { remediation: Some(Remediation { retries: Some(3) }), create_namespace: None }),
        ..HelmReleaseSpec::default()
    };
    let written = json!({
        "chart": { "spec": { "chart": "app", "sourceRef": { "kind": "HelmRepository", "name": "charts" } } },
        "interval": "5m",
        "install": { "remediation": { "retries": 3 } },
    });
    assert_eq!(serde_json::to_value(&release).unwrap(), written);
    assert_eq!(OciRepository::kind(&()), "OCIRepository");
    let index = HelmRepositorySpec {
        url: "oci://r/c".to_owned(),
        kind: Some(HelmRepositoryType::Oci),
        secret_ref: None,
        interval: None,
    };
    assert_eq!(serde_json::to_value(&index).unwrap(), json!({ "url": "oci://r/c", "type": "oci" }));
}

#[rstest]
#[case("oci://127.0.0.1:5000/charts/app", true)]
#[case("oci://localhost:5000/charts", true)]
#[case("oci://LOCALHOST/charts", true)]
#[case("oci://[::1]:5000/charts", true)]
#[case("oci://[::1]/charts", true)]
#[case("oci://127.8.8.8", true)]
#[case("oci://registry.example.com/charts", false)]
#[case("oci://localhost.example.com/charts", false)]
#[case("oci://127.0.0.1.example.com:80/charts", false)]
#[case("oci://localhost:5000@example.com/charts", false)]
#[case("oci://127.0.0.1@example.com/charts", false)]
#[case("oci://10.0.0.1:5000/charts", false)]
#[case("https://localhost/charts", false)]
fn only_loopback_registries_are_spoken_to_by_plain_http(#[case] url: &str, #[case] plain: bool) {
    assert_eq!(is_plain_http(url), plain, "{url}");
}
